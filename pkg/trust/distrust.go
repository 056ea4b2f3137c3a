package trust

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

func failure(code cause.Code, err error, fix, format string, args ...any) cause.Error {
	return cause.Error{Err: err, Cause: cause.Cause{Code: code, Summary: fmt.Sprintf(format, args...), Fix: fix}}
}

func (p Presented) wantsClientCertificate() cause.Error {
	return failure(cause.ClientCertificate, nil, "let Infisical be reached without mutual TLS, such as through another ingress",
		"the server at %s asks for a client certificate, which ESO cannot present", p.Host)
}

// wrongName says which of the reasons it is that the server's certificate is not for the name that is used.
func (p Presented) wrongName(err error) cause.Error {
	const reissue = "issue a certificate with a subject alternative name for %s"
	leaf, names := p.Leaf(), hosts(p.Leaf())
	isAddress := net.ParseIP(p.Host) != nil
	switch {
	case len(names) == 0:
		return failure(cause.CommonNameOnly, err, fmt.Sprintf(reissue, p.Host),
			"the server's certificate names its host in the Common Name only (%s), which is no longer accepted", Name(leaf))
	case isAddress && len(leaf.IPAddresses) == 0:
		return failure(cause.WrongHostName, err, fmt.Sprintf("use a host name that the certificate lists (apply-store --host): %s; or "+reissue, strings.Join(names, ", "), p.Host),
			"%s is an IP address, and the server's certificate lists none (no IP SAN)", p.Host)
	}
	return failure(cause.WrongHostName, err, fmt.Sprintf("use a name that the certificate lists (apply-store --host): %s; or "+reissue, strings.Join(names, ", "), p.Host),
		"the server's certificate is not valid for %s, but for %s", p.Host, strings.Join(names, ", "))
}

// wrongDate says which certificate it is, and whether a clock may be the reason.
func (p Presented) wrongDate(bad *x509.Certificate, now time.Time, err error) cause.Error {
	what, fix := "the server's certificate", "renew the server's certificate"
	if !bad.Equal(p.Leaf()) {
		what, fix = "the CA certificate "+Name(bad), "get the renewed CA certificate, and let the server send what it sends of it anew"
	}
	early := now.Before(bad.NotBefore)
	if clock := p.clock(bad, now); clock != "" {
		return failure(cause.CertificateDates, err, clock, "%s is not valid at the time of this machine, %s: it is from %s to %s",
			what, minute(now), minute(bad.NotBefore), minute(bad.NotAfter))
	}
	if early {
		return failure(cause.CertificateDates, err, "wait until then, or set the clocks right: those of this machine, of the nodes and of whoever has issued it",
			"%s is not valid before %s, and now it is %s", what, minute(bad.NotBefore), minute(now))
	}
	return failure(cause.CertificateDates, err, fix, "%s expired on %s", what, minute(bad.NotAfter))
}

// clock is what to do about a clock that goes wrong, if that is what it looks like: the server's differs from this machine's, and by its
// clock the dates are right; or the certificate begins within a day, as by a wrong time zone.
func (p Presented) clock(bad *x509.Certificate, now time.Time) string {
	if off := p.Date.Sub(p.At); !p.Date.IsZero() && off.Abs() > skew && outOfDate([]*x509.Certificate{bad}, now.Add(off)) == nil {
		return fmt.Sprintf("set this machine's clock right: it differs from the server's by %s, and by the server's the certificate is valid",
			off.Abs().Round(time.Second))
	}
	if left := bad.NotBefore.Sub(now); left > 0 && left < 24*time.Hour {
		return fmt.Sprintf("wait %s, or set the clock right of this machine or of the one that has issued it: so short a time looks like a clock that is wrong",
			left.Round(time.Second))
	}
	return ""
}

// broken says why a chain whose dates are right does not hold.
func (p Presented) broken(way path, bundle Bundle, err error) cause.Error {
	top := way.top()
	const given = "give the CA that has issued the server's certificate: kubectl eso-infisical apply-ca --ca-file FILE, or with --from-server to see what the server sends"
	switch {
	case way.anchored:
		return p.misused(way, err)
	case way.namesake != nil:
		return p.renamed(way, bundle, err)
	case selfSigned(top) && top.Equal(p.Leaf()):
		return failure(cause.UnknownAuthority, err, given, "the server's certificate is self-signed (%s), and is not the one that is trusted%s", Name(top), holds(bundle))
	case len(p.Chain) == 1 && pointsElsewhere(top, bundle):
		return failure(cause.IncompleteChain, err, "configure the server with its full chain, or add the certificate of "+top.Issuer.String()+" to the CA file",
			"the server sends its own certificate only, without that of the CA that has issued it, %s, which is an intermediate one as it seems%s", top.Issuer, holds(bundle))
	case selfSigned(top):
		return failure(cause.UnknownAuthority, err, given, "the server's chain ends at %s, which is not trusted%s", Name(top), holds(bundle))
	}
	return failure(cause.UnknownAuthority, err, given, "the server's chain ends at %s, issued by %s, which is not trusted%s", Name(top), top.Issuer, holds(bundle))
}

// misused is for chains that lead to the bundle, and that Go refuses nevertheless.
func (p Presented) misused(way path, err error) cause.Error {
	var usage x509.CertificateInvalidError
	text := err.Error()
	if errors.As(err, &usage) && usage.Reason == x509.NotAuthorizedToSign {
		return failure(cause.NotAnAuthority, err, "issue the server's certificate from a CA certificate (CA:TRUE)", "%s was issued by one that may not issue certificates", Name(p.Leaf()))
	}
	for _, c := range way.certificates {
		if why := weakKey(c); why != "" {
			return weak(c, why, err)
		}
	}
	return failure(cause.UsageForbidden, err, "have the server's certificate issued for this host and for use by a server (serverAuth)",
		"the CA is right, but the server's certificate may not be used for this: %s", strings.TrimPrefix(text, "x509: "))
}

func weak(c *x509.Certificate, why string, err error) cause.Error {
	return failure(cause.WeakCertificate, err, "issue it anew with a key and a signature of today, such as ECDSA P-256 or RSA 2048 with SHA-256",
		"%s is too weak, and Go refuses it: %s", Name(c), why)
}

// renamed is for an issuer that is there by its name, and has not signed.
func (p Presented) renamed(way path, bundle Bundle, err error) cause.Error {
	var insecure x509.InsecureAlgorithmError
	var constraint x509.ConstraintViolationError
	switch {
	case selfSigned(way.top()): // the name is the same, and nothing was to be signed
	case errors.As(way.why, &insecure):
		return weak(way.top(), "it is signed with "+way.top().SignatureAlgorithm.String(), err)
	case weakKey(way.namesake) != "":
		return weak(way.namesake, weakKey(way.namesake), err)
	case errors.As(way.why, &constraint):
		return failure(cause.NotAnAuthority, err, "issue the server's certificate from a CA certificate (CA:TRUE, and keyCertSign where there is a key usage)",
			"%s has issued the server's chain, but is not marked as a CA that may", Name(way.namesake))
	}
	return failure(cause.RenewedAuthority, err, "get the CA's present certificate, and put it in place: kubectl eso-infisical rotate ca --ca-file FILE",
		"the server's chain was signed by another CA of the same name, %s: the CA has been renewed, or this is another server; trusted is the one with SHA-256 %s…",
		Name(way.namesake), Fingerprint(way.namesake)[:23])
}

// pointsElsewhere guesses that a lone certificate was issued by an intermediate CA: it says where to fetch that, or the organisation is that of
// a CA which is trusted.
func pointsElsewhere(leaf *x509.Certificate, bundle Bundle) bool {
	if len(leaf.IssuingCertificateURL) > 0 {
		return true
	}
	for _, c := range bundle.Certificates {
		for _, organisation := range c.Subject.Organization {
			for _, issuing := range leaf.Issuer.Organization {
				if strings.EqualFold(organisation, issuing) {
					return true
				}
			}
		}
	}
	return false
}

// holds names what is trusted instead.
func holds(b Bundle) string {
	switch n := len(b.Certificates); n {
	case 0:
		return "; no CA is given"
	case 1:
		return "; given is " + Name(b.Certificates[0])
	default:
		return fmt.Sprintf("; given are %s and %d more", Name(b.Certificates[0]), n-1)
	}
}
