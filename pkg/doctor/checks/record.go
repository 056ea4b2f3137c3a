package checks

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// record is what Infisical keeps of the machine identity that a store logs in as. Only an administrator sees it, and no login is needed for it.
type record struct {
	// Store is empty where there is none with a client secret, or nobody has given an administrator's token.
	Store doctor.Object
	// Nameless means that the Secret in the cluster does not tell which identity it is.
	Nameless bool
	// Locked means that the identity is locked after failed logins.
	Locked bool
	// Known are the client secrets that may log in, and Mine those of them that the cluster's can be, by what Infisical shows of it.
	Known, Mine []infisical.ClientSecret
	Terms       infisical.UniversalAuthConfig
}

// identityRecord is of the store that a login would be made for.
var identityRecord = doctor.NewInput("the machine identity in Infisical", func(ctx context.Context, s *doctor.Snapshot) (record, error) {
	st, err := suspect(ctx, s)
	if err != nil || st.object == nil || s.Cluster.AdminToken == nil || s.Cluster.AdminToken() == "" {
		return record{}, err
	}
	_, secret, _ := secretOf(ctx, s, st)
	if secret.err != nil || secret.value == nil {
		return record{}, secret.err
	}
	id, _ := credentials.MadeIdentity(secret.value.Annotations)
	if id == "" {
		return record{Store: st.named(), Nameless: true}, nil
	}
	client, err := infisical.New(st.Host, infisical.Options{RootCAs: bundleOf(ctx, s, st).Pool()})
	if err != nil {
		return record{}, err
	}
	p, _ := pair(st, secret.value)
	return readRecord(ctx, client.WithToken(s.Cluster.AdminToken()), id, credentials.Prefix(p.ClientSecret), st.named())
}).Late().Asking(func(doctor.Cluster) []kube.Right { return nil }).Keeping(func(r record) record { return r })

// bundleOf is the CA that the store trusts.
func bundleOf(ctx context.Context, s *doctor.Snapshot, st store) trust.Bundle {
	if h, has := authorityOf(ctx, s, st); has && h.err == nil {
		return trust.Stored(h.data[h.key.key])
	}
	return trust.Bundle{}
}

func readRecord(ctx context.Context, session *infisical.Session, id, prefix string, of doctor.Object) (record, error) {
	identity, err := session.Identity(ctx, id)
	if err != nil {
		return record{}, err
	}
	r := record{Store: of, Locked: len(identity.Locked) > 0}
	if r.Terms, _, err = session.UniversalAuthConfig(ctx, id); err != nil {
		return record{}, err
	}
	if r.Known, err = session.ClientSecrets(ctx, id); err != nil {
		return record{}, err
	}
	r.Mine = slices.DeleteFunc(slices.Clone(r.Known), func(c infisical.ClientSecret) bool { return prefix == "" || c.Prefix != prefix })
	return r, nil
}

// Administered are the checks that ask Infisical as an administrator, and are made only with an administrator's token.
func Administered() []doctor.Check {
	return []doctor.Check{
		{Code: "EI335", Needs: codes("EI701"), Inputs: sources(identityRecord), Run: recorded(clientSecretIsKnown)},
		{Code: "EI336", Needs: codes("EI335"), Inputs: sources(identityRecord), Run: recorded(clientSecretLasts)},
		{Code: "EI337", Needs: codes("EI335"), Inputs: sources(identityRecord), Run: recorded(usesAreNotLimited)},
		{Code: "EI338", Needs: codes("EI701"), Inputs: sources(identityRecord), Run: recorded(tokensLiveLongEnough)},
		{Code: "EI339", Needs: codes("EI701"), Inputs: sources(identityRecord), Run: recorded(identityIsOpen)},
	}
}

// recorded applies a judgement to the record.
func recorded(judge func(record, time.Time) doctor.Finding) func(context.Context, *doctor.Snapshot) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot) doctor.Result {
		r, err := identityRecord.Of(ctx, s)
		switch {
		case err != nil:
			return one(doctor.Untold("the administrator's token does not show the machine identity: " + err.Error()))
		case r.Nameless:
			return one(doctor.Untold("the Secret does not say which machine identity it is of; write it again: "+bootstrap, r.Store))
		case r.Store.Name == "":
			return nil
		}
		return one(judge(r, s.Now))
	}
}

func clientSecretIsKnown(r record, _ time.Time) doctor.Finding {
	if len(r.Mine) > 0 {
		return doctor.Holds("", r.Store)
	}
	c, _ := cause.FromText("Invalid credentials")
	return doctor.Problem(c, r.Store).MendedBy(bootstrap).
		Saying(fmt.Sprintf("none of the %d client secrets that may log in for the identity begins as the cluster's does", len(r.Known)))
}

// clientSecretLasts judges the longest-lived of those that the cluster's can be: no more than its beginning is known.
func clientSecretLasts(r record, now time.Time) doctor.Finding {
	var last time.Time
	for _, c := range r.Mine {
		end, ends := c.Expires()
		if !ends {
			return doctor.Holds("without an end", r.Store)
		}
		if end.After(last) {
			last = end
		}
	}
	day := last.UTC().Format(time.DateOnly)
	left := last.Sub(now)
	switch {
	case len(r.Mine) == 0, left >= expirySoon:
		return doctor.Holds("until "+day, r.Store)
	case left <= 0:
		c, _ := cause.FromText("Access denied due to expired client secret")
		return doctor.Problem(c, r.Store).MendedBy(bootstrap).Saying("it expired on " + day)
	}
	return problem("EI336", fmt.Sprintf("the client secret expires on %s, in %d days", day, int(left.Hours()/24)),
		"replace it before: kubectl eso-infisical rotate credentials", r.Store).MendedBy("kubectl eso-infisical rotate credentials")
}

func usesAreNotLimited(r record, _ time.Time) doctor.Finding {
	for _, c := range r.Mine {
		if c.UsesLimit > 0 {
			return problem("EI337", fmt.Sprintf("the client secret may be used %d times, and has been used %d times", c.UsesLimit, c.Uses),
				"replace it by one without a limit: kubectl eso-infisical rotate credentials", r.Store).MendedBy("kubectl eso-infisical rotate credentials")
		}
	}
	return doctor.Holds("", r.Store)
}

// shortestToken is how long a token must live for the slowest sync.
const shortestToken = time.Minute

func tokensLiveLongEnough(r record, _ time.Time) doctor.Finding {
	switch {
	case r.Terms.AccessTokenUses > 0:
		return problem("EI338", fmt.Sprintf("an access token of the identity may be used %d times, and ESO uses one for all keys of an ExternalSecret", r.Terms.AccessTokenUses),
			"set the identity's access token to no limit of uses (0) in Infisical", r.Store)
	case r.Terms.AccessTokenTTL > 0 && r.Terms.AccessTokenTTL < shortestToken:
		return problem("EI338", "an access token of the identity lives for "+r.Terms.AccessTokenTTL.String()+" only", "set the identity's access token TTL to 86400 seconds in Infisical", r.Store)
	}
	return doctor.Holds("", r.Store)
}

func identityIsOpen(r record, _ time.Time) doctor.Finding {
	if !r.Locked {
		return doctor.Holds("", r.Store)
	}
	c, _ := cause.FromText("temporarily locked")
	return doctor.Problem(c, r.Store)
}
