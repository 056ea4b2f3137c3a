package trust

import (
	"crypto/x509"
	"strings"
	"time"
)

// soon is how long before its end a certificate is warned of.
const soon = 30 * 24 * time.Hour

// ample is more certificates than anybody needs for one server.
const ample = 20

// choose picks what can serve as trust at the time now. What cannot is left out with a warning, as long as something remains; else the
// first such thing is the error.
func choose(all []*x509.Certificate, now time.Time) (Bundle, []Warning, error) {
	var b Bundle
	var warnings []Warning
	var first error
	for _, c := range all {
		if b.Contains(c) {
			warnings = append(warnings, warn(Duplicate, "%s is there twice; one is kept", Name(c)))
			continue
		}
		if out, err := unfit(c, now); err != nil {
			warnings = append(warnings, out)
			if first == nil {
				first = err
			}
			continue
		}
		b.Certificates = append(b.Certificates, c)
		warnings = append(warnings, worries(c, now)...)
	}
	if len(b.Certificates) == 0 {
		return Bundle{}, nil, first
	}
	if n := len(b.Certificates); n > ample {
		warnings = append(warnings, warn(WholeStore, "the file holds %d certificates: a whole trust store rather than the CA of Infisical's server", n))
	}
	return b, warnings, nil
}

// unfit says why a certificate cannot serve as trust: as the warning where others remain, and as the error where none does.
func unfit(c *x509.Certificate, now time.Time) (Warning, error) {
	const leftOut = "; it is left out"
	self := selfSigned(c)
	var kind Kind
	var err error
	switch {
	case now.After(c.NotAfter):
		kind, err = ExpiredLeftOut, refuse(Expired, "certificate %s expired on %s; get the renewed one", Name(c), day(c.NotAfter))
	case now.Before(c.NotBefore):
		kind, err = NotYetValidLeftOut, refuse(NotYetValid, "certificate %s is valid from %s only; check this machine's clock, which says %s",
			Name(c), minute(c.NotBefore), minute(now))
	case !c.IsCA && !self:
		kind, err = LeafLeftOut, refuse(LeafOnly, "certificate %s is a server's own, issued by %s, and would have to be replaced at each renewal; "+
			"give that CA's certificate instead", Name(c), c.Issuer)
	case c.IsCA && !self && !maySign(c):
		kind, err = CannotSignLeftOut, refuse(CannotSign, "certificate %s is a CA's, but its key usage does not allow it to sign certificates; "+
			"have it issued anew with keyCertSign", Name(c))
	default:
		return Warning{}, nil
	}
	if kind == LeafLeftOut {
		return warn(kind, "certificate %s is a server's own, not a CA's%s", Name(c), leftOut), err
	}
	return warn(kind, "%s%s", err.Error(), leftOut), err
}

// maySign reports whether Go lets the certificate's key vouch for other certificates.
func maySign(c *x509.Certificate) bool {
	marked := c.Version < 3 || c.BasicConstraintsValid && c.IsCA
	return marked && (c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageCertSign != 0)
}

// worries are what may go wrong later with a certificate that is taken.
func worries(c *x509.Certificate, now time.Time) []Warning {
	var out []Warning
	if c.NotAfter.Sub(now) < soon {
		out = append(out, warn(ExpiresSoon, "%s expires on %s", Name(c), day(c.NotAfter)))
	}
	if why := weakKey(c); why != "" {
		out = append(out, warn(WeakKey, "%s is weak: %s, and Go refuses whatever it has signed", Name(c), why))
	}
	if maySign(c) {
		return out
	}
	if meantAsCA(c) {
		return append(out, warn(NotMarkedAsCA, "%s looks like a CA's, but is not marked as one that may sign (CA:TRUE and keyCertSign): nothing that it "+
			"has issued will be accepted, only a server that presents this very certificate", Name(c)))
	}
	out = append(out, warn(PinnedLeaf, "%s is the self-signed certificate of a server, not a CA's: it is pinned, and must be replaced here whenever "+
		"the server's is renewed", Name(c)))
	if len(hosts(c)) == 0 {
		out = append(out, warn(NoNames, "%s lists no host name or address (subject alternative name), only the Common Name, which Go ignores: no host "+
			"name will match", Name(c)))
	}
	return out
}

// meantAsCA guesses that somebody wanted to make a CA.
func meantAsCA(c *x509.Certificate) bool {
	return c.IsCA || c.KeyUsage&x509.KeyUsageCertSign != 0 || len(hosts(c)) == 0 && strings.Contains(strings.ToUpper(" "+c.Subject.CommonName+" "), " CA ")
}
