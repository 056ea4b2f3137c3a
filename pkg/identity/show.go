package identity

import (
	"context"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// Missing means that the identity does not exist.
func Missing(spec Spec) error {
	return &cause.Error{Tried: "find the machine identity", Cause: cause.Cause{Code: "EI323",
		Summary: "there is no machine identity named " + spec.name() + " in the project or its organisation",
		Fix:     "create it: kubectl eso-infisical identity create"}}
}

// Show reads all that is known of the identity.
func (a *Admin) Show(ctx context.Context, spec Spec) (State, error) {
	project, err := a.project(ctx, spec)
	if err != nil {
		return State{}, err
	}
	s := State{Project: project}
	var found bool
	if s.Identity, found, err = a.Find(ctx, project, spec); err != nil {
		return s, err
	} else if !found {
		return s, Missing(spec)
	}
	if s.Universal, err = a.universal(ctx, s.Identity.ID); err != nil {
		return s, err
	}
	if s.Universal != nil {
		if s.Secrets, err = a.Secrets(ctx, s.Identity.ID, time.Now()); err != nil {
			return s, err
		}
	}
	if s.Kubernetes, err = a.kubernetes(ctx, s.Identity.ID); err != nil {
		return s, err
	}
	member, ok, err := a.Session.Membership(ctx, project.ID, s.Identity.ID)
	if err != nil {
		return s, cause.Wrap("read the identity's membership", err)
	}
	if s.Roles = member.Roles; !ok && s.Identity.ProjectID == "" {
		return s, nil // One that is not in the project, as a killed run leaves it, has no privileges there either.
	}
	s.Privileges, err = a.Session.Privileges(ctx, project, s.Identity.ID)
	return s, cause.Wrap("read the identity's privileges", err)
}

// Own does the same for an identity that is to be deleted: one that somebody else made must have been named by its ID.
func (a *Admin) Own(ctx context.Context, spec Spec) (State, error) {
	state, err := a.Show(ctx, spec)
	if err != nil {
		return state, err
	}
	return state, a.recognize(ctx, spec, state.Identity)
}

func (a *Admin) universal(ctx context.Context, id string) (*infisical.UniversalAuthConfig, error) {
	config, attached, err := a.Session.UniversalAuthConfig(ctx, id)
	if err != nil || !attached {
		return nil, cause.Wrap("read the identity's universal auth", err)
	}
	return &config, nil
}

func (a *Admin) kubernetes(ctx context.Context, id string) (*infisical.KubernetesAuth, error) {
	config, attached, err := a.Session.KubernetesAuthConfig(ctx, id)
	if err != nil || !attached {
		return nil, cause.Wrap("read the identity's Kubernetes Auth", err)
	}
	return &config, nil
}

// Delete removes the identity and with it all its client secrets and grants.
func (a *Admin) Delete(ctx context.Context, i infisical.Identity) error {
	return cause.Wrap("delete the machine identity "+i.Name, a.Session.DeleteIdentity(ctx, i))
}
