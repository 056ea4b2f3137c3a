package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

// retired are codes that once meant something. A number is never used again, so that what people have written down of it stays true.
var retired = []cause.Code{}
