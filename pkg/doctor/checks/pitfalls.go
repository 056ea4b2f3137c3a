package checks

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// pitfallChecks are about addresses that are well formed and lead elsewhere than is meant.
var pitfallChecks = []doctor.Check{
	{Code: "EI522", Needs: codes("EI701"), Inputs: sources(stores, wishes), Run: eachStore(paceIsBearable)},
	{Code: "EI523", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(cloudAddressIsOne)},
	{Code: "EI524", Needs: codes("EI701"), Inputs: presentedInputs, Run: eachStore(addressLeadsOutOfThePod)},
	{Code: "EI525", Needs: codes("EI701"), Inputs: sources(stores), Run: eachStore(portFitsScheme)},
}

// clouds are the addresses of Infisical's own clouds, each with identities of its own.
var clouds = []string{"app.infisical.com", "us.infisical.com", "eu.infisical.com"}

// cloudLimit is how many secrets one address may read in a minute from Infisical's own clouds, where the plan says nothing else.
const cloudLimit = 60

// paceIsBearable counts what ESO asks for in a minute: one request for each key of each ExternalSecret. Servers of one's own are not judged: newer ones
// limit nobody, and older ones as their administrator sets it.
func paceIsBearable(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	all, err := wishes.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err, st.named()))
	}
	perMinute := 0.0
	for _, w := range all {
		if w.Uses(st.Key()) && w.Interval > 0 {
			perMinute += float64(max(1, len(w.Asked)+w.Sources)) * time.Minute.Seconds() / w.Interval.Seconds()
		}
	}
	note := fmt.Sprintf("about %.0f reads a minute", perMinute)
	if !slices.Contains(clouds, hostOf(st)) || perMinute <= cloudLimit {
		return one(doctor.Holds(note, st.named()))
	}
	return one(problem("EI522", fmt.Sprintf("the ExternalSecrets of the store ask for %.0f secrets a minute, and Infisical's cloud allows %d", perMinute, cloudLimit),
		"use longer refresh intervals, or one dataFrom.find in place of many keys", st.named()).
		From(doctor.Evidence{Object: st.named(), Field: "ExternalSecrets", Value: note}))
}

func hostOf(st store) string {
	u, err := url.Parse(st.Host)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// cloudAddressIsOne knows the names of Infisical's web pages, which people copy from the browser.
func cloudAddressIsOne(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	host := hostOf(st)
	pages := []string{"infisical.com", "www.infisical.com"}
	if !slices.Contains(pages, host) {
		return one(doctor.Holds(host, st.named()))
	}
	command := "kubectl eso-infisical apply-store --host https://app.infisical.com"
	return one(problem("EI523", host+" is Infisical's web site, not a server of secrets", "use https://app.infisical.com for the US, https://eu.infisical.com for the EU: "+command, st.named()).
		MendedBy(command).From(st.seen("hostAPI")))
}

// addressLeadsOutOfThePod speaks only where something answers here and nothing does there: a controller in the host's network may well find
// Infisical at its own address.
func addressLeadsOutOfThePod(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	host := hostOf(st)
	parsed, err := netip.ParseAddr(host)
	loops := host == "localhost" || err == nil && (parsed.IsLoopback() || parsed.IsUnspecified())
	if !loops || esoSays(ctx, s, st) != cause.ConnectionRefused {
		return one(doctor.Holds("", st.named()))
	}
	all, err := sights.Of(ctx, s)
	if err != nil || len(all[st.Host].Chain) == 0 {
		return failedOrNothing(err)
	}
	return one(problem("EI524", host+" is this machine from here, and for ESO its own pod, where nothing listens",
		"use the address at which the cluster reaches Infisical: "+correctHost, st.named()).MendedBy(correctHost).From(st.seen("hostAPI")))
}

// portFitsScheme finds the port of the one scheme with the other.
func portFitsScheme(_ context.Context, _ *doctor.Snapshot, st store) doctor.Result {
	u, err := url.Parse(st.Host)
	usual := map[string]string{"https": "80", "http": "443"}
	if ready, _ := eso.Ready(st.object); err != nil || u.Port() == "" || u.Port() != usual[u.Scheme] || ready.Status == "True" {
		return one(doctor.Holds("", st.named()))
	}
	return one(problem("EI525", fmt.Sprintf("the address begins with %s:// and names port %s, which is that of the other scheme", u.Scheme, u.Port()),
		"take the port out, or use the other scheme: "+correctHost, st.named()).MendedBy(correctHost).From(st.seen("hostAPI")))
}
