package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

var presentedInputs = sources(stores, sights, configMaps, secrets, clusterStoreEvents, namespacedStoreEvents, loggedFailures)

var presentedChecks = []doctor.Check{
	{Code: "EI430", Needs: codes("EI701"), Inputs: presentedInputs, Run: eachStore(serverIsTrusted)},
	{Code: "EI431", Needs: codes("EI701"), Inputs: presentedInputs, Run: eachStore(serverStaysValid)},
	{Code: "EI520", Needs: codes("EI701"), Inputs: presentedInputs, Run: eachStore(apiAnswers)},
	{Code: "EI521", Needs: codes("EI701"), Inputs: presentedInputs, Run: eachStore(clocksAgree)},
}

// clockTolerance is by how much clocks may differ. Certificates and tokens bear some minutes.
const clockTolerance = 3 * time.Minute

// unexplained are what ESO's own words leave open.
var unexplained = []cause.Code{"EI702", "EI703"}

// fromHere are the causes that a look from this machine shows of the server itself, though it presents no certificate.
var fromHere = []cause.Code{cause.PlainHTTP, cause.HandshakeFailed}

// serverIsTrusted makes of ESO's short text about TLS what is really wrong. Where ESO gets through, or fails for another reason, what is seen from
// here proves nothing: it may be another server by the same name.
func serverIsTrusted(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	seen, verdict, looked, err := sightOf(ctx, s, st)
	if err != nil || !looked {
		return failedOrNothing(err)
	}
	says := esoSays(ctx, s, st)
	doubtful := strings.HasPrefix(string(says), "EI4") || slices.Contains(unexplained, says)
	switch {
	case seen.Problem != "" && slices.Contains(fromHere, seen.Code) && (doubtful || says == seen.Code):
		c, _ := cause.FromText(seen.Problem)
		return one(doctor.Problem(c, st.named()).Saying(seen.Problem).From(st.seen("hostAPI")))
	case seen.Problem != "":
		return one(doctor.Holds("not seen from here: "+seen.Problem, st.named()))
	case len(verdict.Failures) == 0:
		return one(doctor.Holds("", st.named()))
	case !doubtful:
		return one(doctor.Holds("ESO gets that far, though from here it looks wrong: "+verdict.Failures[0].Cause.Summary, st.named()))
	}
	return one(doctor.Found(verdict.Err("look at the server of "+st.Host), st.named()).From(st.seen("hostAPI"), seen.evidence()))
}

// evidence is what the server has shown.
func (s sight) evidence() doctor.Evidence {
	var shown []string
	p, _ := s.presented()
	for _, c := range p.Chain {
		shown = append(shown, fmt.Sprintf("%s, issued by %s, valid until %s", trust.Name(c), c.Issuer, c.NotAfter.UTC().Format(time.DateOnly)))
	}
	return doctor.Evidence{Object: doctor.Object{Kind: "Server", Name: s.Host}, Field: "certificates", Value: strings.Join(shown, "; "), Time: s.At}
}

// serverStaysValid speaks of a certificate only that the store trusts: what a proxy on this machine's way presents is no concern of the cluster's.
func serverStaysValid(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	seen, verdict, looked, err := sightOf(ctx, s, st)
	if err != nil || !looked {
		return failedOrNothing(err)
	}
	p, shown := seen.presented()
	if !shown || len(verdict.Failures) > 0 {
		return one(doctor.Holds("not seen from here", st.named()))
	}
	end := p.Leaf().NotAfter
	day := end.UTC().Format(time.DateOnly)
	if left := end.Sub(s.Now); left < expirySoon {
		return one(problem("EI431", fmt.Sprintf("the certificate of %s expires on %s, in %d days", seen.Host, day, int(left.Hours()/24)),
			"renew it on the server; the CA in the cluster may stay, if it issues the new one as well", st.named()).From(seen.evidence()))
	}
	return one(doctor.Holds("valid until "+day, st.named()))
}

// apiAnswers finds what ESO takes for success: a page with status 200. Only a server that the store trusts counts, since a portal before this
// machine answers with pages, too.
func apiAnswers(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	seen, verdict, looked, err := sightOf(ctx, s, st)
	if err != nil || !looked {
		return failedOrNothing(err)
	}
	switch {
	case len(seen.Chain) == 0, len(verdict.Failures) > 0, !seen.html() && !seen.hangs():
		return one(doctor.Holds("", st.named()))
	case seen.hangs():
		c, _ := cause.FromText("i/o timeout")
		return one(doctor.Problem(c, st.named()).Saying("it shows its certificate, and does not answer GET /api/status within "+stare.String()).From(st.seen("hostAPI"), seen.evidence()))
	}
	says := esoSays(ctx, s, st)
	if ready, _ := eso.Ready(st.object); ready.Status != "True" && says != cause.NotInfisical && !slices.Contains(unexplained, says) {
		return one(doctor.Holds("a page answers from here, but ESO gets another answer", st.named()))
	}
	c, _ := cause.FromText("answered with HTML")
	answer := fmt.Sprintf("GET /api/status answered %d with %s", seen.Status, seen.ContentType)
	if seen.Location != "" {
		answer = fmt.Sprintf("GET /api/status answered %d and redirects", seen.Status)
	}
	return one(doctor.Problem(c, st.named()).Saying(answer).From(st.seen("hostAPI"), seen.evidence()))
}

func clocksAgree(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	seen, _, looked, err := sightOf(ctx, s, st)
	if err != nil || !looked || seen.Date.IsZero() {
		return failedOrNothing(err)
	}
	off := seen.Date.Sub(seen.At)
	if off.Abs() < clockTolerance {
		return one(doctor.Holds("", st.named()))
	}
	return one(problem("EI521", fmt.Sprintf("the clock of %s and this machine's differ by %s", seen.Host, off.Abs().Round(time.Second)),
		"set the wrong one right (NTP), and check those of the nodes", st.named()).
		From(doctor.Evidence{Object: doctor.Object{Kind: "Server", Name: seen.Host}, Field: "Date", Value: seen.Date.UTC().Format(time.RFC3339), Time: seen.At}))
}
