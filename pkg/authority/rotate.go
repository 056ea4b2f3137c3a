package authority

import (
	"context"
	"errors"
	"strings"
	"time"

	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Plan is one CA to replace.
type Plan struct {
	Source eso.CASource
	// Next is the new CA; an empty one completes the rotation that was begun.
	Next trust.Bundle
	// Servers are those that the stores lead to; all of them must have switched before the old CA goes.
	Servers []verify.Server
	Mode    verify.Mode
	// Watch waits for the servers' switch until the context ends.
	Watch bool
	// Stores lists the stores that take their CA from the source, with the versions of the moment.
	Stores func(context.Context) ([]Using, error)
	// ForceConflicts takes the object's fields over from other field managers.
	ForceConflicts bool
}

// Phase says how far a rotation has come.
type Phase string

// The phases. In Overlap both CAs are trusted, and the servers still present the old one.
const (
	Overlap Phase = "overlap"
	Rotated Phase = "rotated"
	InPlace Phase = "unchanged"
)

// Result is what a rotation did.
type Result struct {
	Phase Phase
	// Before and After are the certificates in the cluster; Old are those that are to go or have gone, New those that stay.
	Before, After, Old, New trust.Bundle
	Adopted                 []string
	Stores                  []Judged
	Warnings                []trust.Warning
}

// Rotator carries plans out.
type Rotator struct {
	Dynamic  dynamic.Interface
	Verifier *verify.Verifier
	Progress func(string)
	// Pause is how long to wait between two looks at a server, at first; 0 stands for two seconds.
	Pause time.Duration
}

// Rotate carries the plan out as far as the servers let it. Each run goes on where the last one ended, however it ended.
func (r *Rotator) Rotate(ctx context.Context, plan Plan) (Result, error) {
	held, err := Read(ctx, r.Dynamic, plan.Source)
	if err != nil {
		return Result{}, err
	}
	if len(held.Bundle.Certificates) == 0 {
		return Result{}, &cause.Error{Tried: "replace the CA in " + plan.Source.String(), Cause: cause.Cause{Code: cause.CAMissing.Code,
			Summary: "there is no CA in it to replace", Fix: "put the first one in place: kubectl eso-infisical apply-ca --ca-file FILE"}}
	}
	if err := complete(&plan, held); err != nil {
		return Result{}, err
	}
	result := Result{Before: held.Bundle, After: held.Bundle, Old: held.Bundle.Without(plan.Next), New: plan.Next}
	seen, err := r.see(ctx, plan, result.Old)
	if err != nil {
		return result, err
	}
	result.Warnings = seen.warnings
	if err := r.overlap(ctx, plan, &result); err != nil {
		return result, err
	}
	if len(result.Old.Certificates) == 0 {
		return result, nil
	}
	if seen, err = r.await(ctx, plan, result.Old, seen); err != nil || seen.byOld {
		return result, err
	}
	return result, r.drop(ctx, plan, &result)
}

// complete finds the new CA of a rotation that was begun.
func complete(plan *Plan, held Held) error {
	if len(plan.Next.Certificates) > 0 {
		return nil
	}
	retiring := held.Retiring()
	for _, c := range held.Bundle.Certificates {
		if !strings.Contains(strings.Join(retiring, ","), trust.Fingerprint(c)) {
			plan.Next.Certificates = append(plan.Next.Certificates, c)
		}
	}
	if len(retiring) == 0 || len(plan.Next.Certificates) == 0 {
		return ErrNothingBegun
	}
	return nil
}

// ErrNothingBegun means that no new CA was given, and no rotation waits to be completed.
var ErrNothingBegun = errors.New("no rotation was begun that could be completed; give the new CA with --ca-file or --from-server")

// overlap puts old and new CA in place together, or the new one alone where there is no old one.
func (r *Rotator) overlap(ctx context.Context, plan Plan, result *Result) error {
	var retiring []string
	for _, c := range result.Old.Certificates {
		retiring = append(retiring, trust.Fingerprint(c))
	}
	result.Phase = Overlap
	if len(retiring) == 0 {
		result.Phase = Rotated
	}
	altered, err := r.put(ctx, plan, result.Old.With(plan.Next), retiring, result)
	if !altered && len(retiring) == 0 {
		result.Phase = InPlace
	}
	return err
}

// put writes a bundle and lets the stores be judged with it. Where nothing changes, only those are that nobody has looked at since.
func (r *Rotator) put(ctx context.Context, plan Plan, bundle trust.Bundle, retiring []string, result *Result) (altered bool, err error) {
	held, err := Read(ctx, r.Dynamic, plan.Source)
	if err != nil {
		return false, err
	}
	if !held.Bundle.Same(result.After) {
		return false, &cause.Error{Tried: "replace the CA in " + plan.Source.String(), Cause: cause.Cause{Code: "EI105",
			Summary: "somebody else has changed it meanwhile, and that change is kept", Fix: "run the same command again, which looks at it anew"}}
	}
	written, err := Write(ctx, r.Dynamic, plan.Source, held, bundle, retiring, plan.ForceConflicts)
	if err != nil {
		return false, err
	}
	result.After, result.Adopted = bundle, append(result.Adopted, written.Adopted...)
	stores, err := plan.Stores(ctx)
	if err != nil {
		return written.Outcome.Altered(), err
	}
	if len(stores) > 0 {
		r.Progress("waiting for ESO to judge the stores with this CA")
		result.Stores = Revalidate(ctx, r.Dynamic, stores)
	}
	return written.Outcome != kube.Unchanged, ctx.Err()
}

// drop takes the old CA away. Where ESO, which may reach another server by the same name, needs it nevertheless, it is put back.
func (r *Rotator) drop(ctx context.Context, plan Plan, result *Result) error {
	r.Progress("removing the old CA")
	if _, err := r.put(ctx, plan, plan.Next, nil, result); err != nil {
		return err
	}
	result.Phase = Rotated
	for _, s := range result.Stores {
		named, known := cause.Of(s.Err)
		if s.Err == nil || !known || !distrust(named.Code) {
			continue
		}
		failure := s.Err
		if err := r.overlap(ctx, plan, result); err != nil {
			failure = errors.Join(failure, err)
		}
		return &cause.Error{Tried: "remove the old CA from " + plan.Source.String(), Err: failure, Cause: cause.Cause{Code: "EI418",
			Summary: s.Store.String() + " does not trust its server with the new CA alone, although it looks right from here; both are in place again",
			Fix:     "look where that name leads inside the cluster: another server, or one behind a load balancer, still has the old certificate"}}
	}
	return nil
}

// distrust reports whether the failure is one that another CA may mend.
func distrust(code cause.Code) bool {
	return code == cause.UnknownAuthority || code == cause.RenewedAuthority || code == cause.IncompleteChain
}
