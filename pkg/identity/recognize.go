package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// StrangerCode is that of an identity which has the name, and which somebody else has made.
const StrangerCode cause.Code = "EI328"

// recognize fails for an identity that has the name and that somebody else may have made. Its metadata says who did; where a server keeps
// none, what the identity logs in with does.
func (a *Admin) recognize(ctx context.Context, spec Spec, i infisical.Identity) error {
	if Ours(i) || i.ID == spec.ID || i.ID == spec.Remembered {
		return nil
	}
	familiar, err := a.familiar(ctx, spec, i)
	if err != nil || familiar {
		return err
	}
	return &cause.Error{Tried: "use the machine identity " + i.Name, Cause: cause.Cause{Code: StrangerCode,
		Summary: fmt.Sprintf("Infisical has an identity of that name already, which this program did not make (ID %s)", i.ID),
		Fix:     "if it is meant, say so with --identity-id " + i.ID + "; else use another name with --name NAME"}}
}

// familiar reports whether the identity is one that this program has worked with, or left half-made on a server that keeps no metadata:
// then nobody can log in with it yet, or this cluster's ESO alone.
func (a *Admin) familiar(ctx context.Context, spec Spec, i infisical.Identity) (bool, error) {
	kubernetes, err := a.kubernetes(ctx, i.ID)
	if err != nil {
		return false, err
	}
	if kubernetes != nil && spec.KubernetesAuth != nil && sameCluster(*kubernetes, *spec.KubernetesAuth) {
		return true, nil
	}
	secrets, err := a.secretsOf(ctx, i.ID)
	if err != nil || kubernetes != nil || len(secrets) > 0 {
		return slices.ContainsFunc(secrets, madeHere), err
	}
	dialect, err := a.Session.Dialect(ctx)
	return err == nil && !dialect.ProjectRoutes, cause.Wrap("ask Infisical for its version", err)
}

// secretsOf lists the client secrets that are not revoked, none where universal auth is not attached.
func (a *Admin) secretsOf(ctx context.Context, id string) ([]infisical.ClientSecret, error) {
	universal, err := a.universal(ctx, id)
	if err != nil || universal == nil {
		return nil, err
	}
	secrets, err := a.Session.ClientSecrets(ctx, id)
	return secrets, cause.Wrap("list the identity's client secrets", err)
}

// madeHere reports whether this program has made the client secret, for whatever cluster.
func madeHere(s infisical.ClientSecret) bool { return strings.Contains(s.Description, madeBy) }
