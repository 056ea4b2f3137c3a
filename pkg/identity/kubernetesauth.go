package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// ensureKubernetesAuth attaches Kubernetes Auth, or sets right what is attached. The reviewer's token is never read back, so a
// change of it alone is not seen.
func (a *Admin) ensureKubernetesAuth(ctx context.Context, wanted infisical.KubernetesAuth, e *Ensured) error {
	held, attached, err := a.Session.KubernetesAuthConfig(ctx, e.Identity.ID)
	if err != nil {
		return cause.Wrap("read the identity's Kubernetes Auth", err)
	}
	switch {
	case !attached:
		a.Progress("attaching Kubernetes Auth")
		err = a.Session.AttachKubernetesAuth(ctx, e.Identity.ID, wanted)
		e.did("Kubernetes Auth attached")
	case !sameCluster(held, wanted):
		a.Progress("setting the identity's Kubernetes Auth right")
		err = a.Session.UpdateKubernetesAuth(ctx, e.Identity.ID, wanted)
		e.did("Kubernetes Auth changed")
	}
	e.Kubernetes = &wanted
	return cause.Wrap("attach Kubernetes Auth to identity "+e.Identity.Name, err)
}

func sameCluster(a, b infisical.KubernetesAuth) bool {
	return a.Host == b.Host && strings.TrimSpace(a.CACert) == strings.TrimSpace(b.CACert) && a.AllowedAudience == b.AllowedAudience &&
		slices.Equal(a.AllowedNames, b.AllowedNames) && slices.Equal(a.AllowedNamespaces, b.AllowedNamespaces)
}
