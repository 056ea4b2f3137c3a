package trust

import (
	"bytes"
	"crypto/x509"
	"slices"
)

// path is the way from a server's certificate upwards as far as it can be followed by signatures alone, whatever the dates.
type path struct {
	certificates []*x509.Certificate
	// anchored means that the last one is of the bundle.
	anchored bool
	// namesake has the subject of the issuer that is missing, but has not signed; why says what stands in the way.
	namesake *x509.Certificate
	why      error
}

// top is the last certificate that the path reaches.
func (p path) top() *x509.Certificate { return p.certificates[len(p.certificates)-1] }

// follow goes from the first of the chain upwards, through the rest of it and through the bundle.
func follow(chain []*x509.Certificate, bundle Bundle) path {
	p := path{certificates: chain[:1:1]}
	for !slices.ContainsFunc(bundle.Certificates, p.top().Equal) {
		if selfSigned(p.top()) {
			p.namesake, p.why = namesake(p.top(), bundle.Certificates)
			return p
		}
		next, anchored := issuer(p.top(), bundle.Certificates), true
		if next == nil {
			next, anchored = issuer(p.top(), chain), false
		}
		if next == nil || slices.Contains(p.certificates, next) {
			p.namesake, p.why = namesake(p.top(), slices.Concat(bundle.Certificates, chain))
			return p
		}
		p.certificates = append(p.certificates, next)
		if anchored {
			break
		}
	}
	p.anchored = true
	return p
}

// issuer finds the one that has signed the certificate and may.
func issuer(c *x509.Certificate, candidates []*x509.Certificate) *x509.Certificate {
	for _, candidate := range candidates {
		if bytes.Equal(candidate.RawSubject, c.RawIssuer) && c.CheckSignatureFrom(candidate) == nil {
			return candidate
		}
	}
	return nil
}

// namesake finds a certificate other than c itself that has the subject of c's issuer, and says why it is not the one.
func namesake(c *x509.Certificate, candidates []*x509.Certificate) (*x509.Certificate, error) {
	for _, candidate := range candidates {
		if bytes.Equal(candidate.RawSubject, c.RawIssuer) && !candidate.Equal(c) {
			return candidate, c.CheckSignatureFrom(candidate)
		}
	}
	return nil, nil
}

// leads reports whether some way goes from the certificate to the bundle. Chains that were signed crosswise have several.
func leads(c *x509.Certificate, chain []*x509.Certificate, bundle Bundle, visited []*x509.Certificate) bool {
	if bundle.Contains(c) || issuer(c, bundle.Certificates) != nil {
		return true
	}
	return slices.ContainsFunc(chain, func(next *x509.Certificate) bool {
		return !slices.Contains(visited, next) && !next.Equal(c) && issuer(c, []*x509.Certificate{next}) != nil &&
			leads(next, chain, bundle, append(visited, next))
	})
}
