package verify

import (
	"context"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// Credentials tries the pair out in the given mode with one login and one list, and returns what it has found. A pair that does not work
// is a cause.Error. Mode None finds nothing.
func (v *Verifier) Credentials(ctx context.Context, mode Mode, s Server, auth infisical.UniversalAuth, scope infisical.Scope) (Finding, error) {
	switch mode {
	case Cluster:
		return v.inCluster(ctx, s, auth, scope)
	case None:
		return Finding{From: None, Keys: -1}, nil
	default:
		return v.local(ctx, s, auth, scope)
	}
}
