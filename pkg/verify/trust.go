package verify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// Look looks at the certificates that the server presents, from this machine by the way to the server. Nothing is verified. A server that
// cannot be looked at is a cause.Error where the reason is known.
func (v *Verifier) Look(ctx context.Context, s Server) (trust.Presented, error) {
	dial, err := v.dial(s)
	if err != nil {
		return trust.Presented{}, err
	}
	presented, err := trust.Look(ctx, s.Host, dial)
	if err != nil {
		host := s.Host
		if u, parseErr := url.Parse(s.Host); parseErr == nil {
			host = u.Host
		}
		err = &infisical.UnreachableError{Op: "look at the certificate of " + s.Host, Host: host, Err: err}
		return presented, offering(cause.Wrap("look at the certificate of "+s.Host, err))
	}
	return presented, nil
}

// Trust finds out whether ESO trusts the server with the CA of s beside its system's: by looking from here, or by ESO's own eyes. A server that
// would not be trusted is a cause.Error, and so is one that cannot be reached. Mode None finds out nothing.
func (v *Verifier) Trust(ctx context.Context, mode Mode, s Server) ([]trust.Warning, error) {
	switch mode {
	case None:
		return nil, nil
	case Cluster:
		return nil, v.trustInCluster(ctx, s)
	}
	v.Progress("looking at the certificate of " + s.Host)
	presented, err := v.Look(ctx, s)
	if err != nil {
		return nil, err
	}
	verdict := presented.Judge(s.CA, trust.SystemPool(), time.Now())
	return verdict.Warnings, verdict.Err("verify the certificate of " + s.Host)
}

// trustInCluster lets ESO log in with credentials that nobody has. Whatever Infisical answers to them proves that TLS holds; it cannot lock a
// machine identity, since there is none of that client ID. What fails before is about TLS, or about the way there.
func (v *Verifier) trustInCluster(ctx context.Context, s Server) error {
	v.Progress("letting ESO look at " + s.Host + " from inside the cluster")
	nobodys := infisical.UniversalAuth{ClientID: "00000000-0000-4000-8000-" + strings.ToLower(rand.Text()[:12]), ClientSecret: rand.Text()}
	err := v.probe(ctx, s, nobodys, infisical.Scope{ProjectSlug: "probe", EnvironmentSlug: "probe", Path: "/"})
	var named *cause.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &named) && answered(named):
		return nil
	case errors.As(err, &named) && named.Cause.Code == eventMissing:
		return fmt.Errorf("%w: ESO has looked at %s, and the event that says with what result is missing or may not be read; "+
			"look from here with --verify=local, or do without with --verify=none", ErrNotFoundOut, s.Host)
	}
	return fromCluster("verify the certificate of "+s.Host+" from inside the cluster", err)
}

// ErrNotFoundOut means that a verification came to no verdict.
var ErrNotFoundOut = errors.New("it could not be found out whether the certificate is trusted")

// eventMissing is the code of a store that is not ready for a reason that cannot be read.
const eventMissing cause.Code = "EI703"

// answered reports whether the failure is an answer of the server over TLS: it has a status of HTTP, or else a code that only an answer has.
func answered(failure *cause.Error) bool {
	code := failure.Cause.Code
	onTheWay := []cause.Code{cause.HostUnknown, cause.ConnectionRefused, cause.TimedOut, cause.PlainHTTP, cause.ConnectionCut, cause.ProxyUnreachable}
	layer := strings.TrimPrefix(string(code), "EI")[:1]
	return strings.Contains(failure.Error(), "status-code=") || strings.Contains("356", layer) && !slices.Contains(onTheWay, code)
}
