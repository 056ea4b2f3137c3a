package setup

import (
	"context"
	"errors"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// RotatedCA says what RotateCA did.
type RotatedCA struct {
	authority.Result
	Source eso.CASource
}

// RotateCA replaces the CA in the cluster as far as the servers let it; order says where the new one comes from, and an empty one completes
// the rotation that was begun. watch waits for the servers' switch.
func (r *Runner) RotateCA(ctx context.Context, order *CAOrder, watch bool) (RotatedCA, error) {
	source, err := r.locateCA(ctx)
	if err != nil {
		return RotatedCA{}, err
	}
	out := RotatedCA{Source: source}
	servers, err := r.caServers(ctx, source)
	if err != nil {
		return out, err
	}
	if len(servers) == 0 {
		return out, &InputError{Problem: "there is no store in the cluster that names the server; say which one with --host"}
	}
	if err := r.requireCARights(ctx, source, true); err != nil {
		return out, err
	}
	plan := authority.Plan{Source: source, Mode: r.Desired.Verify, Watch: watch, ForceConflicts: r.Desired.ForceConflicts,
		Stores: func(ctx context.Context) ([]authority.Using, error) { return r.unjudged(ctx, source) }}
	for _, s := range servers {
		if strings.HasPrefix(s.Host, "https://") {
			plan.Servers = append(plan.Servers, s)
		}
	}
	if len(plan.Servers) == 0 {
		return out, &InputError{Problem: "at " + servers[0].Host + " nothing is encrypted, so that there is no CA to rotate"}
	}
	taken := AppliedCA{Source: source, Outcome: kube.Unchanged}
	if order != nil {
		if plan.Next, err = r.obtainNext(ctx, *order, plan.Servers, &taken); err != nil {
			return out, err
		}
	}
	rotator := authority.Rotator{Dynamic: r.Dynamic, Verifier: r.Verifier, Progress: r.Progress}
	out.Result, err = rotator.Rotate(ctx, plan)
	if errors.Is(err, authority.ErrNothingBegun) {
		err = &InputError{Problem: err.Error()}
	}
	out.Warnings = append(taken.Warnings, out.Warnings...)
	if err != nil {
		return out, err
	}
	return out, storesError(ctx, out.Stores)
}

// obtainNext takes the new CA; one that the server would not need is not taken.
func (r *Runner) obtainNext(ctx context.Context, order CAOrder, servers []verify.Server, taken *AppliedCA) (trust.Bundle, error) {
	held, err := authority.Read(ctx, r.Dynamic, taken.Source)
	if err != nil {
		return trust.Bundle{}, err
	}
	taken.Before = held.Bundle
	next, err := r.obtainCA(ctx, order, servers, taken)
	if err == nil && taken.NotNeeded {
		err = &InputError{Problem: "the certificates of this machine's system suffice for the server, so that there is no CA to take from it; give one with --ca-file"}
	}
	return next, err
}
