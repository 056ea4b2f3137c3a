package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Provision is what an identity is made with.
type Provision struct {
	// SecretTTL is how long the client secret is valid, 0 for ever.
	SecretTTL time.Duration
	// Confirm asks whether another identity's credentials in the Secret may be replaced; question says what they are.
	Confirm func(question string) (bool, error)
}

// Provisioned is a machine identity whose credentials are in the cluster.
type Provisioned struct {
	Result
	// Identity is its name, Notes what a person should know of it.
	Identity string
	Notes    []string
	// Pair is empty for Kubernetes Auth.
	Pair infisical.UniversalAuth
}

// ProvisionIdentity finds or makes the machine identity and brings its credentials into the cluster without showing them. A run that was
// killed is completed by the next: there is one identity, and one client secret of this cluster that is valid.
func (r *Runner) ProvisionIdentity(ctx context.Context, admin *identity.Admin, p Provision) (Provisioned, error) {
	if err := r.recallCredentials(ctx); err != nil {
		return Provisioned{}, err
	}
	if err := r.ready(ctx); err != nil {
		return Provisioned{}, err
	}
	if r.Desired.Auth == eso.KubernetesAuth {
		return r.provisionKubernetes(ctx, admin)
	}
	held, err := r.held(ctx)
	if err != nil {
		return Provisioned{}, err
	}
	spec, err := r.RememberedIdentity(ctx)
	if err != nil {
		return Provisioned{}, err
	}
	if held, err = r.sameIdentity(ctx, admin, spec, held, p.Confirm); err != nil {
		return Provisioned{}, err
	}
	ensured, err := admin.Ensure(ctx, spec)
	if err != nil {
		return Provisioned{}, err
	}
	out := Provisioned{Identity: ensured.Identity.Name, Notes: ensured.Notes}
	issue := func() (infisical.UniversalAuth, Result, error) {
		return r.issue(ctx, admin, spec, ensured.State, p.SecretTTL)
	}
	out.Pair, out.Result, err = r.provideSecret(ctx, admin, ensured.State, held, issue)
	if len(ensured.Changes) > 0 && out.Outcome == kube.Unchanged {
		out.Outcome = kube.Changed
	}
	if len(ensured.Changes) > 0 {
		out.Detail = strings.Join(ensured.Changes, ", ") + "; " + out.Detail
	}
	return out, err
}

// held are the credentials that the cluster has, or nil.
func (r *Runner) held(ctx context.Context) (*credentials.Content, error) {
	content, err := credentials.Read(ctx, r.Dynamic, r.Desired.Secret())
	var missing *cause.Error
	if errors.As(err, &missing) {
		return nil, nil
	}
	return &content, err
}

// remembering adds what the cluster's records say: the identity that this program has made under just that name.
func remembering(spec identity.Spec, identityID, madeAs string) identity.Spec {
	if madeAs == spec.MadeAs() {
		spec.Remembered = identityID
	}
	return spec
}

// sameIdentity drops what the cluster holds of another machine identity, once somebody has agreed to that.
func (r *Runner) sameIdentity(ctx context.Context, admin *identity.Admin, spec identity.Spec, held *credentials.Content, confirm func(string) (bool, error)) (*credentials.Content, error) {
	if held == nil {
		return nil, nil
	}
	clientID, err := admin.ClientID(ctx, spec)
	if err != nil || clientID == held.Pair.ClientID {
		return held, err
	}
	ref := r.Desired.Secret()
	yes, err := confirm(fmt.Sprintf("Secret %s/%s holds the credentials of another machine identity (client ID %s). Replace them?",
		ref.Namespace, ref.Name, held.Pair.ClientID))
	if err == nil && !yes {
		err = fmt.Errorf("keep the credentials in the cluster, or use another Secret with --secret: %w", ErrDeclined)
	}
	return nil, err
}

// provideSecret keeps the client secret that the cluster has if it is still valid, and lets issue put a new one in its place if not.
func (r *Runner) provideSecret(ctx context.Context, admin *identity.Admin, state identity.State, held *credentials.Content,
	issue func() (infisical.UniversalAuth, Result, error)) (infisical.UniversalAuth, Result, error) {
	ref := r.Desired.Secret()
	result := Result{Object: "secret/" + ref.Name, Outcome: kube.Unchanged}
	secrets, err := admin.Secrets(ctx, state.Identity.ID, time.Now())
	if err != nil {
		return infisical.UniversalAuth{}, result, err
	}
	keep, live := r.keep(held, secrets)
	pair := infisical.UniversalAuth{}
	if live {
		pair, result.Detail = held.Pair, "the client secret in the cluster, "+credentials.Prefix(held.Pair.ClientSecret)+"…, is valid and stays"
	} else if pair, result, err = issue(); err != nil {
		return pair, result, err
	}
	holder, err := r.holder(ctx)
	if err != nil {
		return pair, result, err
	}
	_, err = admin.Sweep(ctx, state.Identity.ID, secrets, holder, keep...)
	return pair, result, err
}

// keep names the client secrets that the cluster uses, and reports whether the one in use is valid.
func (r *Runner) keep(held *credentials.Content, secrets []infisical.ClientSecret) ([]string, bool) {
	if held == nil {
		return nil, false
	}
	used, live := identity.ByPair(secrets, held.SecretID, credentials.Prefix(held.Pair.ClientSecret))
	if !live {
		return nil, false
	}
	keep := []string{used.ID}
	if held.Previous != nil {
		keep = append(keep, held.Previous.SecretID)
	}
	return keep, true
}

// issue makes a client secret, sees it work and writes it. One that does not work or cannot be written is revoked.
func (r *Runner) issue(ctx context.Context, admin *identity.Admin, spec identity.Spec, state identity.State, ttl time.Duration) (infisical.UniversalAuth, Result, error) {
	holder, err := r.holder(ctx)
	if err != nil {
		return infisical.UniversalAuth{}, Result{}, err
	}
	made, err := admin.Issue(ctx, state, holder, ttl)
	if err != nil {
		return infisical.UniversalAuth{}, Result{}, err
	}
	finding, err := r.verify(ctx, made.Pair)
	if err != nil {
		return made.Pair, Result{}, errors.Join(err, admin.Revoke(context.WithoutCancel(ctx), state.Identity.ID, made.ID))
	}
	content := credentials.Content{Pair: made.Pair, Record: record(finding)}
	content.SecretID, content.IdentityID = made.ID, state.Identity.ID
	if spec.ID == "" {
		content.MadeAs = spec.MadeAs()
	}
	result, err := r.keepContent(ctx, content, finding)
	if err == nil {
		return made.Pair, result, nil
	}
	// The answer alone may have been lost; a client secret that the cluster uses must stay valid. The next run clears up what is left.
	if written, unknown := credentials.Holds(context.WithoutCancel(ctx), r.Dynamic, r.Desired.Secret(), made.Pair); written || unknown != nil {
		return made.Pair, result, err
	}
	return made.Pair, result, errors.Join(err, admin.Revoke(context.WithoutCancel(ctx), state.Identity.ID, made.ID))
}

// recallCredentials finds out which Secret the store refers to.
func (r *Runner) recallCredentials(ctx context.Context) error {
	return recall(ctx, r, &r.Desired.Credentials, "--secret", func(s eso.Store) eso.Reference { return s.Credentials })
}
