package infisical

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"time"
)

// transportFaults change how the server takes connections, and the certificate that it presents.
func transportFaults(front *frontend, cert *certificate) map[string]fault {
	presents := func(make func(original *x509.Certificate) (*tls.Certificate, error)) fault {
		return presents(front, cert, make)
	}
	issued := func(change func(*x509.Certificate)) fault {
		return presents(func(original *x509.Certificate) (*tls.Certificate, error) {
			return cert.authority.leaf(original, change)
		})
	}
	return map[string]fault{
		"down":       {set: func() error { front.close(); return nil }, clear: front.open},
		"wrong-ca":   presents(foreignCertificate),
		"renewed-ca": presents(func(o *x509.Certificate) (*tls.Certificate, error) { return cert.authority.renewed(o) }),
		"incomplete-chain": presents(func(o *x509.Certificate) (*tls.Certificate, error) {
			return cert.authority.throughIntermediate(o, true)
		}),
		"issuer-not-ca": presents(func(o *x509.Certificate) (*tls.Certificate, error) {
			return cert.authority.throughIntermediate(o, false)
		}),
		"expired-certificate":      issued(between(-48*time.Hour, -time.Hour)),
		"future-certificate":       issued(between(24*time.Hour, 48*time.Hour)),
		"expiring-certificate":     issued(between(-24*time.Hour, 10*24*time.Hour)),
		"other-host":               issued(named("other.sandbox.test")),
		"no-alternative-name":      issued(named()),
		"client-only-certificate":  issued(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }),
		"weak-signature":           issued(func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }),
		"old-tls":                  behaves(front, manner{tls: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }}),
		"wants-client-certificate": behaves(front, manner{tls: func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }}),
		"plain-http":               behaves(front, manner{plain: true}),
	}
}

func between(from, to time.Duration) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(from), time.Now().Add(to) }
}

// named leaves these names alone in the certificate.
func named(hosts ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = hosts, []net.IP{} }
}

// presents shows another certificate, which is made from the server's own.
func presents(front *frontend, cert *certificate, make func(original *x509.Certificate) (*tls.Certificate, error)) fault {
	return fault{
		set: func() error {
			original, err := x509.ParseCertificate(cert.own().Certificate[0])
			if err != nil {
				return err
			}
			other, err := make(original)
			if err != nil {
				return err
			}
			cert.setOverride(other)
			return front.cut()
		},
		clear: func() error {
			cert.setOverride(nil)
			return front.cut()
		},
	}
}

func behaves(front *frontend, m manner) fault {
	return fault{set: func() error { return front.behave(m) }, clear: func() error { return front.behave(manner{}) }}
}
