// Package rotation replaces a machine identity's client secret while ESO works with it: the new one is seen to work before the Secret is
// switched, the old one is revoked only when nobody uses it any more, and a run that was killed is completed by the next.
package rotation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Plan is one Secret to rotate.
type Plan struct {
	// Secret holds the pair; Stores are those that use it, of which there is at least one.
	Secret eso.Reference
	Stores []eso.StoreKey
	// Server, Scope and Mode say where and how a new pair is tried out.
	Server verify.Server
	Scope  infisical.Scope
	Mode   verify.Mode
	// Identity finds the machine identity where the Secret does not say which it is.
	Identity identity.Spec
	Holder   identity.Holder
	// TTL is that of the new client secret, 0 for one that does not end.
	TTL time.Duration
	// KeepOld is how long the old client secret stays valid after the switch, at least; nil is what an earlier run has noted, or not at all.
	KeepOld *time.Duration
	// Settle is how long the old client secret's counter of logins must stand still before it is revoked.
	Settle time.Duration
	// NewPair is what a person brings along; nil lets Admin issue a client secret.
	NewPair *infisical.UniversalAuth
	// ForceConflicts takes the Secret's fields over from other field managers.
	ForceConflicts bool
}

// Rotator carries out plans against one cluster and one Infisical.
type Rotator struct {
	Dynamic  dynamic.Interface
	Typed    kubernetes.Interface
	Verifier *verify.Verifier
	// Me is this run, as another one is told of it.
	Me kube.Holder
	// Admin is nil where nobody may administer the identity: then the new pair must be given, and the old one is left to be revoked.
	Admin *identity.Admin
	// Progress receives one line whenever what is waited for changes.
	Progress func(string)
}

// Result is what a rotation did.
type Result struct {
	// Resumed means that an earlier run's rotation was completed.
	Resumed bool
	// Unchanged means that the pair that was given is in place already, or that there is nothing to do before KeptUntil.
	Unchanged bool
	// KeptUntil is when the old client secret may be revoked, where it is kept; the next run after that does so.
	KeptUntil time.Time
	// NewPrefix and OldPrefix are the parts of the client secrets that Infisical shows.
	NewPrefix, OldPrefix string
	// OldRevoked is false where the old client secret is still valid, for the reason in Note.
	OldRevoked bool
	Note       string
	// Synced are the ExternalSecrets that were synced with the new pair.
	Synced []string
}

// Rotate carries the plan out. Until the switch a failure changes nothing; after it, the Secret is put back. What an earlier run has left is
// completed first, which is all there is to do unless a pair is given that is not in place yet. One run at a time works on a Secret: two would
// take each other's new client secrets for what a killed run has left, and revoke them.
func (r *Rotator) Rotate(ctx context.Context, plan Plan) (Result, error) {
	claim, err := r.claims(plan.Secret).Take(ctx)
	var claimed *kube.ClaimedError
	if errors.As(err, &claimed) {
		err = fmt.Errorf("%w; wait until it is done", err)
	}
	if err != nil {
		return Result{}, fmt.Errorf("rotate the client secret in Secret %s/%s: %w", plan.Secret.Namespace, plan.Secret.Name, err)
	}
	defer claim.Release()
	return r.rotate(claim.Context, plan)
}

// claims are those to the Secret.
func (r *Rotator) claims(ref eso.Reference) kube.Claims {
	return kube.Claims{Typed: r.Typed, Namespace: ref.Namespace, Name: "eso-infisical-rotation-" + ref.Name, Me: r.Me, Progress: r.Progress}
}

func (r *Rotator) rotate(ctx context.Context, plan Plan) (Result, error) {
	held, err := credentials.Read(ctx, r.Dynamic, plan.Secret)
	if err != nil {
		return Result{}, err
	}
	if err := r.Verifier.ClearUp(ctx); err != nil {
		return Result{}, err
	}
	if held.Previous != nil {
		result, err := r.resume(ctx, plan, held)
		if err != nil || plan.NewPair == nil || *plan.NewPair == held.Pair || result.Unchanged {
			return result, err
		}
		if held, err = credentials.Read(ctx, r.Dynamic, plan.Secret); err != nil {
			return result, err
		}
	}
	if plan.NewPair != nil && *plan.NewPair == held.Pair {
		return Result{Unchanged: true, NewPrefix: credentials.Prefix(held.Pair.ClientSecret)}, nil
	}
	if err := credentials.CheckWrite(ctx, r.Dynamic, plan.Secret); err != nil {
		return Result{}, err
	}
	switched, err := r.switchOver(ctx, plan, held)
	if err != nil {
		return Result{}, err
	}
	return r.complete(ctx, plan, switched, Result{})
}

// resume goes on with what an earlier run has begun, unless that only waits for the time to revoke the old client secret.
func (r *Rotator) resume(ctx context.Context, plan Plan, held credentials.Content) (Result, error) {
	old, noted := held.Previous, held.Previous.KeptUntil
	if plan.KeepOld != nil {
		old.KeptUntil = keptUntil(plan, old.ReplacedAt)
	}
	if !old.ProvedAt.IsZero() && r.keeps(old) && old.KeptUntil.Equal(noted) {
		return Result{Unchanged: true, KeptUntil: noted, NewPrefix: credentials.Prefix(held.Pair.ClientSecret),
			OldPrefix: credentials.Prefix(old.Pair.ClientSecret)}, nil
	}
	r.Progress("completing the rotation that was begun at " + old.ReplacedAt.Local().Format(time.DateTime))
	return r.complete(ctx, plan, held, Result{Resumed: true})
}

// keeps reports whether it is too early to revoke the old client secret. Without an administrator nobody does.
func (r *Rotator) keeps(old *credentials.Previous) bool {
	return r.Admin != nil && time.Now().Before(old.KeptUntil)
}

// keptUntil is in whole seconds, which is what the Secret can note.
func keptUntil(plan Plan, switched time.Time) time.Time {
	if plan.KeepOld == nil || *plan.KeepOld == 0 {
		return time.Time{}
	}
	return switched.Add(*plan.KeepOld).Truncate(time.Second)
}

// switchOver makes or takes the new pair, sees it work and writes it. The old one stays in the Secret, beside it.
func (r *Rotator) switchOver(ctx context.Context, plan Plan, held credentials.Content) (credentials.Content, error) {
	next := credentials.Content{Previous: &credentials.Previous{Pair: held.Pair, SecretID: held.SecretID, IdentityID: held.IdentityID}}
	if plan.NewPair == nil {
		next.MadeAs = held.MadeAs
	}
	undo := func() error { return nil }
	if plan.NewPair != nil {
		next.Pair = *plan.NewPair
	} else {
		made, err := r.issue(ctx, plan, held, next.Previous)
		if err != nil {
			return next, err
		}
		next.Pair, next.SecretID, next.IdentityID = made.Pair, made.ID, next.Previous.IdentityID
		undo = func() error { return r.Admin.Revoke(context.WithoutCancel(ctx), next.IdentityID, made.ID) }
	}
	finding, err := r.Verifier.Credentials(ctx, plan.Mode, plan.Server, next.Pair, plan.Scope)
	if err != nil {
		return next, errors.Join(err, undo())
	}
	next.Record = merge(next.Record, finding)
	next.Previous.ReplacedAt = time.Now().Truncate(time.Second)
	next.Previous.KeptUntil = keptUntil(plan, next.Previous.ReplacedAt)
	r.Progress("switching Secret " + plan.Secret.Namespace + "/" + plan.Secret.Name)
	if _, err := credentials.Replace(ctx, r.Dynamic, plan.Secret, held, next, plan.ForceConflicts); err != nil {
		return next, r.afterFailedWrite(ctx, plan, next, err, undo)
	}
	return next, nil
}

// afterFailedWrite undoes what was made for a switch that did not happen. The answer alone may have been lost, and then the new pair, which
// the cluster uses, must stay valid.
func (r *Rotator) afterFailedWrite(ctx context.Context, plan Plan, next credentials.Content, failure error, undo func() error) error {
	written, err := credentials.Holds(context.WithoutCancel(ctx), r.Dynamic, plan.Secret, next.Pair)
	switch {
	case err != nil:
		return errors.Join(failure, fmt.Errorf("see whether the Secret was switched: %w; run the same command again, which goes on or clears up", err))
	case written:
		return nil
	}
	return errors.Join(failure, undo())
}

// merge adds what a verification has found out to what is known.
func merge(known credentials.Record, f verify.Finding) credentials.Record {
	if f.From == verify.None {
		return known
	}
	if f.Claims.ClientSecretID != "" {
		known.SecretID, known.IdentityID = f.Claims.ClientSecretID, f.Claims.IdentityID
	}
	known.VerifiedAt, known.VerifiedFrom = time.Now(), string(f.From)
	return known
}

// complete goes from a switched Secret to one that holds the new pair alone, or that waits for the time to revoke the old one.
func (r *Rotator) complete(ctx context.Context, plan Plan, now credentials.Content, result Result) (Result, error) {
	old := *now.Previous
	result.NewPrefix, result.OldPrefix = credentials.Prefix(now.Pair.ClientSecret), credentials.Prefix(old.Pair.ClientSecret)
	synced, err := r.prove(ctx, plan.Stores)
	switch {
	case err != nil && !old.ProvedAt.IsZero():
		return result, err // The new pair has worked before, so that the old one would not do better.
	case err != nil:
		return result, r.rollBack(ctx, plan, now, err)
	}
	result.Synced = synced
	if r.keeps(&old) {
		return r.postpone(ctx, plan, now, result)
	}
	if err := r.retire(ctx, plan, now, &result); err != nil {
		return result, err
	}
	now.Previous = nil
	if _, err := credentials.Write(ctx, r.Dynamic, plan.Secret, now, plan.ForceConflicts); err != nil {
		return result, fmt.Errorf("remove the old pair from the Secret: %w; run the same command again", err)
	}
	return result, nil
}

// postpone notes until when the old client secret is kept.
func (r *Rotator) postpone(ctx context.Context, plan Plan, now credentials.Content, result Result) (Result, error) {
	noted := *now.Previous
	if noted.ProvedAt.IsZero() {
		noted.ProvedAt = time.Now()
	}
	now.Previous, result.KeptUntil = &noted, noted.KeptUntil
	if _, err := credentials.Write(ctx, r.Dynamic, plan.Secret, now, plan.ForceConflicts); err != nil {
		return result, fmt.Errorf("note until when the old client secret is kept: %w; run the same command again", err)
	}
	return result, nil
}

// rollBack puts the old pair back after the new one was seen not to do in the cluster.
func (r *Rotator) rollBack(ctx context.Context, plan Plan, now credentials.Content, failure error) error {
	if ctx.Err() != nil {
		return failure // Interrupted: the next run goes on from here.
	}
	if r.Admin != nil && now.Previous.SecretID != "" {
		if _, valid, err := r.lookUp(ctx, *now.Previous); err != nil || !valid {
			return errors.Join(failure, err) // An old pair that is not valid any more is no way back.
		}
	}
	r.Progress("putting the old pair back")
	old := credentials.Content{Pair: now.Previous.Pair,
		Record: credentials.Record{SecretID: now.Previous.SecretID, IdentityID: now.Previous.IdentityID, MadeAs: now.MadeAs}}
	if _, err := credentials.Write(ctx, r.Dynamic, plan.Secret, old, plan.ForceConflicts); err != nil {
		return errors.Join(failure, fmt.Errorf("put the old pair back: %w; run the same command again", err))
	}
	outcome := []error{failure}
	for _, store := range plan.Stores {
		outcome = append(outcome, store.TouchFor(ctx, r.Dynamic, touched()))
	}
	if r.Admin != nil && now.SecretID != "" && plan.NewPair == nil {
		outcome = append(outcome, r.Admin.Revoke(ctx, now.IdentityID, now.SecretID))
	}
	return &cause.Error{Tried: "rotate the client secret in Secret " + plan.Secret.Namespace + "/" + plan.Secret.Name,
		Cause: cause.Cause{Code: "EI325", Summary: "the store did not become ready with the new client secret; the old one is back in place",
			Fix: "mend what the detail names, then run the same command again"}, Err: errors.Join(outcome...)}
}
