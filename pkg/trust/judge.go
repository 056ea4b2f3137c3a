package trust

import (
	"crypto/x509"
	"errors"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Verdict is what comes of a server's certificates together with a bundle.
type Verdict struct {
	// Failures are the reasons why ESO would refuse the server, the gravest first; none means that name, chain and dates hold.
	Failures []cause.Error
	// SystemSuffices means that they hold without the bundle. What this machine trusts is not always what ESO's image trusts.
	SystemSuffices bool
	// ByBundle means that the chain ends at the bundle.
	ByBundle bool
	Warnings []Warning
}

// Err is the gravest failure as the error of what was tried, with the others in its text; nil if there is none.
func (v Verdict) Err(tried string) error {
	if len(v.Failures) == 0 {
		return nil
	}
	first := v.Failures[0]
	first.Tried = tried
	for _, also := range v.Failures[1:] {
		first.Err = errors.Join(first.Err, errors.New("also: "+also.Cause.Summary+" ("+string(also.Cause.Code)+")"))
	}
	return &first
}

// Judge verifies the server as ESO does, with the bundle added to the system's certificates, at the time now.
func (p Presented) Judge(bundle Bundle, system *x509.CertPool, now time.Time) Verdict {
	v := Verdict{ByBundle: p.LeadsTo(bundle), SystemSuffices: p.verify(system, now) == nil && p.Leaf().VerifyHostname(p.Host) == nil}
	if p.ClientCertificate {
		v.Failures = append(v.Failures, p.wantsClientCertificate())
	}
	if err := p.Leaf().VerifyHostname(p.Host); err != nil {
		v.Failures = append(v.Failures, p.wrongName(err))
	}
	v.Failures = append(v.Failures, p.chainFailures(bundle, bundle.onTopOf(system), now)...)
	v.Warnings = append(p.reasonsToWarn(bundle, now), v.aboutTheSystem()...)
	return v
}

// verify checks chain, dates and usage, but no name.
func (p Presented) verify(roots *x509.CertPool, now time.Time) error {
	intermediates := x509.NewCertPool()
	for _, c := range p.Chain[1:] {
		intermediates.AddCert(c)
	}
	_, err := p.Leaf().Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: now})
	return err
}

// chainFailures are those of the chain and of the dates. Wrong dates hide from Go whether the chain would hold, so it is asked again for a
// day at which they are right.
func (p Presented) chainFailures(bundle Bundle, roots *x509.CertPool, now time.Time) []cause.Error {
	err := p.verify(roots, now)
	if err == nil {
		return nil
	}
	way := follow(p.Chain, bundle)
	bad := outOfDate(way.certificates, now)
	if bad == nil {
		return []cause.Error{p.broken(way, bundle, err)}
	}
	failures := []cause.Error{p.wrongDate(bad, now, err)}
	if again := p.verify(roots, middle(way.certificates)); again != nil && !way.anchored {
		failures = append(failures, p.broken(way, bundle, again))
	}
	return failures
}

// outOfDate finds the certificate nearest to the server's own that is not valid now.
func outOfDate(certificates []*x509.Certificate, now time.Time) *x509.Certificate {
	for _, c := range certificates {
		if now.After(c.NotAfter) || now.Before(c.NotBefore) {
			return c
		}
	}
	return nil
}

// middle is a time at which all the certificates are valid, if there is one.
func middle(certificates []*x509.Certificate) time.Time {
	from, to := certificates[0].NotBefore, certificates[0].NotAfter
	for _, c := range certificates[1:] {
		if c.NotBefore.After(from) {
			from = c.NotBefore
		}
		if c.NotAfter.Before(to) {
			to = c.NotAfter
		}
	}
	return from.Add(to.Sub(from) / 2)
}

// skew is by how much two clocks may differ before it is worth a word.
const skew = 2 * time.Minute

// reasonsToWarn are what holds now and may not hold later, or elsewhere.
func (p Presented) reasonsToWarn(bundle Bundle, now time.Time) []Warning {
	var out []Warning
	leaf := p.Leaf()
	if left := leaf.NotAfter.Sub(now); left > 0 && left < soon && !bundle.Contains(leaf) {
		out = append(out, warn(ServerExpiresSoon, "the server's certificate expires on %s", day(leaf.NotAfter)))
	}
	if by := issuer(leaf, bundle.Certificates); by != nil && !selfSigned(by) && !sent(p.Chain, by) {
		out = append(out, warn(MissingIntermediate, "the server does not send its intermediate certificate %s; it works since that one is in the bundle, "+
			"but let the server send its full chain", Name(by)))
	}
	if off := p.Date.Sub(p.At); !p.Date.IsZero() && off.Abs() > skew {
		out = append(out, warn(ClockSkew, "the server's clock and this machine's differ by %s (the server says %s)", off.Abs().Round(time.Second), minute(p.Date)))
	}
	return out
}

func sent(chain []*x509.Certificate, c *x509.Certificate) bool {
	return Bundle{Certificates: chain}.Contains(c)
}

// aboutTheSystem says what the system's certificates have to do with it.
func (v Verdict) aboutTheSystem() []Warning {
	if !v.SystemSuffices {
		return nil
	}
	out := []Warning{warn(SystemSuffices, "no CA is needed: the certificates of this machine's system suffice. ESO has its own, those of the public CAs: "+
		"if this CA was installed on this machine only, as a company's is, ESO does need it; apply-ca --verify=cluster lets ESO say so")}
	if !v.ByBundle {
		out = append(out, warn(BundleUnused, "the server's chain does not end at what was given: it is another CA's certificate"))
	}
	return out
}
