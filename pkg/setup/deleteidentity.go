package setup

import (
	"cmp"
	"context"
	"fmt"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// DeletedIdentity is what has become of a machine identity and of what the cluster holds for it.
type DeletedIdentity struct {
	// Name is empty where the identity was gone already.
	Name, ID string
	// Outcome is deleted, or unchanged where an earlier run has deleted the identity.
	Outcome kube.Outcome
	// Removed are the objects in the cluster that let Infisical ask it about tokens, each as KIND/NAME.
	Removed []string
}

// DeleteIdentity deletes the machine identity, once somebody has agreed to that, and what lets Infisical ask the cluster about tokens for it. What
// a run has left that was killed between the two is removed by the next.
func (r *Runner) DeleteIdentity(ctx context.Context, admin *identity.Admin, confirm func(identity.State) (bool, error)) (DeletedIdentity, error) {
	spec, err := r.RememberedIdentity(ctx)
	if err != nil {
		return DeletedIdentity{}, err
	}
	state, err := admin.Own(ctx, spec)
	if c, known := cause.Of(err); known && c.Code == cause.IdentityUnknown {
		return r.deletedBefore(ctx, spec, err)
	}
	if err != nil {
		return DeletedIdentity{}, err
	}
	deleted := DeletedIdentity{Name: state.Identity.Name, ID: state.Identity.ID, Outcome: kube.Deleted}
	yes, err := confirm(state)
	if err == nil && !yes {
		err = fmt.Errorf("identity %s is kept: %w", deleted.Name, ErrDeclined)
	}
	if err != nil {
		return DeletedIdentity{}, err
	}
	if err := admin.Delete(ctx, state.Identity); err != nil || state.Kubernetes == nil {
		return deleted, err
	}
	deleted.Removed, err = r.removeReview(ctx, deleted.ID)
	return deleted, err
}

// deletedBefore removes what is left of an identity that is gone, if the Secret of Kubernetes Auth says that it was this one. Otherwise the
// identity was never there, for which missing is the error.
func (r *Runner) deletedBefore(ctx context.Context, spec identity.Spec, missing error) (DeletedIdentity, error) {
	id := cmp.Or(spec.ID, spec.Remembered)
	held, err := r.identityID(ctx, r.Desired.Secret())
	if err != nil || id == "" || held != id {
		return DeletedIdentity{}, missing
	}
	removed, err := r.removeReview(ctx, id)
	if err == nil && len(removed) == 0 {
		err = missing
	}
	return DeletedIdentity{ID: id, Outcome: kube.Unchanged, Removed: removed}, err
}
