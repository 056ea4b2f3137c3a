package rotation

import (
	"context"
	"fmt"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// restless is how long the old client secret's counter may go on moving: a sync that had begun before the switch moves it once or twice
// more, and later somebody else is using it. The counter is read every counterPoll.
const (
	restless    = time.Minute
	counterPoll = time.Second
)

// issue makes a new client secret for the identity of the present one, whose ids it completes.
func (r *Rotator) issue(ctx context.Context, plan Plan, held credentials.Content, old *credentials.Previous) (identity.NewSecret, error) {
	state, err := r.find(ctx, plan, held)
	if err != nil {
		return identity.NewSecret{}, err
	}
	found, known := identity.ByPair(state.Secrets, held.SecretID, credentials.Prefix(held.Pair.ClientSecret))
	old.IdentityID, old.SecretID = state.Identity.ID, found.ID
	if !known {
		// Without knowing the live one, no leftover can be told from it.
		return r.Admin.Issue(ctx, state, plan.Holder, plan.TTL)
	}
	if _, err := r.Admin.Sweep(ctx, state.Identity.ID, state.Secrets, plan.Holder, old.SecretID); err != nil {
		return identity.NewSecret{}, err
	}
	return r.Admin.Issue(ctx, state, plan.Holder, plan.TTL)
}

// find reads the identity that the present pair belongs to. Another identity's client secret must not take its place.
func (r *Rotator) find(ctx context.Context, plan Plan, held credentials.Content) (identity.State, error) {
	spec := plan.Identity
	if spec.ID == "" {
		spec.ID = held.IdentityID
	}
	state, err := r.Admin.Show(ctx, spec)
	if err != nil {
		return state, err
	}
	if state.Universal == nil || state.Universal.ClientID != held.Pair.ClientID {
		return state, &cause.Error{Tried: "find the machine identity of Secret " + plan.Secret.Namespace + "/" + plan.Secret.Name,
			Cause: cause.Cause{Code: "EI324", Summary: "the Secret's client ID is not that of identity " + state.Identity.Name,
				Fix: "name the right identity with --identity-id, or give a new pair with --client-id and --client-secret-stdin"}}
	}
	return state, nil
}

// retire revokes the old client secret once nobody uses it.
func (r *Rotator) retire(ctx context.Context, plan Plan, now credentials.Content, result *Result) error {
	old := now.Previous
	switch {
	case r.Admin == nil:
		result.Note = "the old client secret is still valid; revoke it in Infisical"
		return nil
	case old.SecretID == "" || old.IdentityID == "":
		result.Note = "the old client secret was not found among those of the machine identity; look there whether it is still valid"
		return r.sweep(ctx, plan, now)
	}
	if err := r.awaitStillness(ctx, *old, plan.Settle); err != nil {
		return err
	}
	r.Progress("revoking the old client secret")
	if err := r.Admin.Revoke(ctx, old.IdentityID, old.SecretID); err != nil {
		return err
	}
	result.OldRevoked = true
	if _, err := r.prove(ctx, plan.Stores); err != nil {
		return fmt.Errorf("look once more after the old client secret was revoked: %w", err)
	}
	return r.sweep(ctx, plan, now)
}

// sweep revokes what earlier runs have left at Infisical.
func (r *Rotator) sweep(ctx context.Context, plan Plan, now credentials.Content) error {
	if now.SecretID == "" {
		return nil
	}
	left, err := r.Admin.Secrets(ctx, now.IdentityID, time.Now())
	if err != nil {
		return err
	}
	_, err = r.Admin.Sweep(ctx, now.IdentityID, left, plan.Holder, now.SecretID)
	return err
}

// awaitStillness waits until the old client secret's counter has not moved for a while.
func (r *Rotator) awaitStillness(ctx context.Context, old credentials.Previous, settle time.Duration) error {
	r.Progress("watching that nobody uses the old client secret any more")
	end := time.Now().Add(restless)
	for uses, since := -1, time.Now(); time.Since(since) < settle; {
		record, valid, err := r.lookUp(ctx, old)
		if ctx.Err() != nil {
			return unfinished(ctx.Err())
		}
		if err != nil || !valid {
			return err
		}
		if record.Uses != uses {
			if uses >= 0 && time.Now().After(end) {
				return stillUsed(old)
			}
			uses, since = record.Uses, time.Now()
		}
		if err := r.wait(ctx, counterPoll); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rotator) lookUp(ctx context.Context, old credentials.Previous) (infisical.ClientSecret, bool, error) {
	secrets, err := r.Admin.Secrets(ctx, old.IdentityID, time.Now())
	if err != nil {
		return infisical.ClientSecret{}, false, err
	}
	record, found := identity.ByPair(secrets, old.SecretID, "")
	return record, found, nil
}

func stillUsed(old credentials.Previous) error {
	return &cause.Error{Tried: "revoke the old client secret " + credentials.Prefix(old.Pair.ClientSecret) + "…",
		Cause: cause.Cause{Code: "EI326", Summary: "somebody still logs in with it, who would be locked out, and with that everyone who uses the identity",
			Fix: "find who else has it, such as another cluster, and give that the new one; then run the same command again, which goes on from here"}}
}

func (r *Rotator) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return unfinished(ctx.Err())
	case <-time.After(d):
		return nil
	}
}

func unfinished(err error) error {
	return fmt.Errorf("wait before the old client secret is revoked: %w; run the same command again to go on", err)
}
