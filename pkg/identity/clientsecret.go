package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// Holder is who keeps a client secret: a Secret in a cluster. It is written into the client secret's description, by which the next run
// finds what a killed one has left.
type Holder struct {
	// ClusterName is for people, ClusterID is the same for every name that the cluster goes by.
	ClusterName, ClusterID string
	// Namespace and Secret are where the pair is kept.
	Namespace, Secret string
}

// Description is what Infisical shows of a client secret of this holder.
func (h Holder) Description(now time.Time) string {
	return fmt.Sprintf("ESO in cluster %s %s on %s", h.ClusterName, h.mark(), now.UTC().Format(time.DateOnly))
}

// madeBy ends the mark of every holder.
const madeBy = ", by kubectl eso-infisical"

func (h Holder) mark() string {
	return fmt.Sprintf("(%s), Secret %s/%s%s", h.ClusterID, h.Namespace, h.Secret, madeBy)
}

// Holds reports whether the client secret was made for this holder.
func (h Holder) Holds(s infisical.ClientSecret) bool {
	return strings.Contains(s.Description, h.mark())
}

// NewSecret is a client secret that was just made. Its value exists here and nowhere else until it is written.
type NewSecret struct {
	ID   string
	Pair infisical.UniversalAuth
}

// Issue creates a client secret for the holder; a ttl of zero is for ever.
func (a *Admin) Issue(ctx context.Context, state State, holder Holder, ttl time.Duration) (NewSecret, error) {
	a.Progress("creating a client secret")
	made, value, err := a.Session.CreateClientSecret(ctx, state.Identity.ID, holder.Description(time.Now()), ttl)
	if err != nil {
		return NewSecret{}, cause.Wrap("create a client secret for identity "+state.Identity.Name, err)
	}
	return NewSecret{ID: made.ID, Pair: infisical.UniversalAuth{ClientID: state.Universal.ClientID, ClientSecret: value}}, nil
}

// Secrets lists the identity's client secrets that still work at now.
func (a *Admin) Secrets(ctx context.Context, identityID string, now time.Time) ([]infisical.ClientSecret, error) {
	all, err := a.Session.ClientSecrets(ctx, identityID)
	return slices.DeleteFunc(all, func(s infisical.ClientSecret) bool {
		until, ends := s.Expires()
		return s.Revoked || ends && !until.After(now)
	}), cause.Wrap("list the identity's client secrets", err)
}

// Sweep revokes the holder's client secrets but for those to keep, which are what runs that were killed have left: nobody has their
// values. It returns how many there were.
func (a *Admin) Sweep(ctx context.Context, identityID string, secrets []infisical.ClientSecret, holder Holder, keep ...string) (int, error) {
	swept := 0
	for _, s := range secrets {
		if !holder.Holds(s) || slices.Contains(keep, s.ID) {
			continue
		}
		if err := a.Revoke(ctx, identityID, s.ID); err != nil {
			return swept, err
		}
		swept++
	}
	return swept, nil
}

// Revoke revokes one client secret. One that is revoked already stays so.
func (a *Admin) Revoke(ctx context.Context, identityID, id string) error {
	return cause.Wrap("revoke client secret "+id, a.Session.RevokeClientSecret(ctx, identityID, id))
}

// ByPair finds the record of a pair's client secret: by its id if that is known, else by the prefix if no other one shares it. Somebody may
// have put another pair where the id was noted, so that the prefix must fit in any case; an empty prefix fits all.
func ByPair(secrets []infisical.ClientSecret, id, prefix string) (infisical.ClientSecret, bool) {
	var found []infisical.ClientSecret
	for _, s := range secrets {
		switch {
		case prefix != "" && s.Prefix != prefix:
		case id != "" && s.ID == id:
			return s, true
		case prefix != "":
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		return infisical.ClientSecret{}, false
	}
	return found[0], true
}
