package setup

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/rotation"
)

// Rotation is what a rotation is to do.
type Rotation struct {
	// TTL is that of the new client secret, 0 for one that does not end, and Settle how long nobody may have used the old one before it is
	// revoked.
	TTL, Settle time.Duration
	// KeepOld is how long the old client secret stays valid at least; nil is what an earlier run has noted, or not at all.
	KeepOld *time.Duration
	// AllStores rotates every Secret that a store for Infisical uses.
	AllStores bool
	// NewPair replaces the pair where nobody may administer the identity.
	NewPair *infisical.UniversalAuth
}

// RotationPlans are the Secrets to rotate, each with all stores that use it.
func (r *Runner) RotationPlans(ctx context.Context, how Rotation) ([]rotation.Plan, error) {
	stores, err := r.existingStores(ctx)
	if err != nil {
		return nil, err
	}
	chosen, err := r.chosenSecrets(stores, how.AllStores)
	if err != nil {
		return nil, err
	}
	var plans []rotation.Plan
	for _, ref := range chosen {
		using, err := r.storesUsing(ctx, ref.Namespace, func(s eso.Store) bool { return s.Auth == eso.UniversalAuth && s.Credentials == ref })
		if err != nil {
			return nil, err
		}
		plan, err := r.rotationPlan(ctx, using[0], how)
		if err != nil {
			return nil, err
		}
		for _, s := range using {
			if s.Unread != "" {
				return nil, &InputError{Problem: s.String() + " uses Secret " + ref.Name + ", but " + s.Unread +
					", so that it would go on with the old client secret; rotate that one by hand"}
			}
			plan.Stores = append(plan.Stores, s.Key())
		}
		plans = append(plans, plan)
	}
	return plans, sameServer(plans, how)
}

// sameServer keeps an administrator's access from going to a server that it is not for: everyone who may make a store may name one.
func sameServer(plans []rotation.Plan, how Rotation) error {
	for _, plan := range plans {
		if how.NewPair == nil && plan.Server.Host != plans[0].Server.Host {
			return &InputError{Problem: "the stores are of several servers, " + plans[0].Server.Host + " and " + plan.Server.Host +
				", and an administrator's access is for one of them; rotate each by itself with --store"}
		}
	}
	return nil
}

// chosenSecrets are those of the stores that are meant; without all, there must be one.
func (r *Runner) chosenSecrets(stores []eso.Store, all bool) ([]eso.Reference, error) {
	var refs []eso.Reference
	var texts []string
	for _, s := range stores {
		named := r.Desired.Credentials.Name
		if s.Auth != eso.UniversalAuth || slices.Contains(refs, s.Credentials) || !all && (!r.meant(s) || named != "" && named != s.Credentials.Name) {
			continue
		}
		refs, texts = append(refs, s.Credentials), append(texts, s.Credentials.Name)
	}
	switch {
	case len(refs) == 0:
		return nil, &cause.Error{Tried: "find the client secret to rotate", Cause: cause.StoreMissing}
	case len(refs) > 1 && !all:
		return nil, &InputError{Problem: "the stores use several Secrets, " + strings.Join(texts, ", ") + "; say which one with --store or --secret, or rotate all with --all-stores"}
	}
	return refs, nil
}

func (r *Runner) rotationPlan(ctx context.Context, s eso.Store, how Rotation) (rotation.Plan, error) {
	server, err := r.serverOf(ctx, s)
	if err != nil {
		return rotation.Plan{}, err
	}
	d := r.Desired
	d.Host, d.Project, d.Environment, d.Path, d.Credentials = s.Host, s.Project, s.Environment, s.Path, s.Credentials
	holder, err := r.holder(ctx)
	if err != nil {
		return rotation.Plan{}, err
	}
	holder.Namespace, holder.Secret = s.Credentials.Namespace, s.Credentials.Name
	scope := d.scope()
	scope.Recursive = s.Recursive
	return rotation.Plan{Secret: s.Credentials, Server: server, Scope: scope, Mode: d.Verify,
		Identity: d.Identity(), Holder: holder, TTL: how.TTL, KeepOld: how.KeepOld, Settle: how.Settle, NewPair: how.NewPair,
		ForceConflicts: d.ForceConflicts}, nil
}

// Rotator carries rotations out; admin is nil where nobody may administer the identity.
func (r *Runner) Rotator(admin *identity.Admin) *rotation.Rotator {
	return &rotation.Rotator{Dynamic: r.Dynamic, Typed: r.Typed, Me: kube.ThisRun(), Verifier: r.Verifier, Admin: admin, Progress: r.Progress}
}
