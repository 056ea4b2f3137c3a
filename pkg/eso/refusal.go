package eso

import (
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Explain names the cause behind the API server's refusal of one of ESO's objects. A failure to reach the API server stays as it
// is: its texts are those of a failure to reach Infisical, which they must not be taken for.
func Explain(tried string, err error) error {
	var answer apierrors.APIStatus
	if err != nil && !errors.As(err, &answer) {
		return fmt.Errorf("%s: %w", tried, err)
	}
	return cause.Wrap(tried, err)
}
