// Package trust knows CA certificates: it reads them from files of every form, looks at what a server presents, and says whether the two
// belong together, as External Secrets Operator will see it.
package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"slices"
)

// Bundle is a list of certificates to trust.
type Bundle struct {
	Certificates []*x509.Certificate
}

// PEM writes the bundle in its canonical form: certificates only, in order, nothing between them.
func (b Bundle) PEM() []byte {
	var out bytes.Buffer
	for _, c := range b.Certificates {
		// Writing to a bytes.Buffer cannot fail.
		_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return out.Bytes()
}

// Pool holds the system's certificates and the bundle's, which is what ESO verifies with.
func (b Bundle) Pool() *x509.CertPool { return b.onTopOf(SystemPool()) }

// SystemPool holds the certificates that this machine trusts; it is empty where they cannot be read.
func SystemPool() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return x509.NewCertPool()
	}
	return pool
}

// onTopOf adds the bundle to a copy of the pool.
func (b Bundle) onTopOf(pool *x509.CertPool) *x509.CertPool {
	pool = pool.Clone()
	for _, c := range b.Certificates {
		pool.AddCert(c)
	}
	return pool
}

// Contains reports whether the very certificate is in the bundle.
func (b Bundle) Contains(c *x509.Certificate) bool {
	return slices.ContainsFunc(b.Certificates, c.Equal)
}

// Without is the bundle but for what the other one holds.
func (b Bundle) Without(other Bundle) Bundle {
	var rest Bundle
	for _, c := range b.Certificates {
		if !other.Contains(c) {
			rest.Certificates = append(rest.Certificates, c)
		}
	}
	return rest
}

// With is the bundle and after it what the other one holds in addition.
func (b Bundle) With(other Bundle) Bundle {
	return Bundle{Certificates: slices.Concat(b.Certificates, other.Without(b).Certificates)}
}

// Same reports whether both hold the same certificates, in whatever order.
func (b Bundle) Same(other Bundle) bool {
	return len(b.Without(other).Certificates) == 0 && len(other.Without(b).Certificates) == 0
}

// Stored reads the certificates that ESO finds in a ConfigMap or Secret: what is no certificate is skipped there, and so are the dates.
func Stored(data []byte) Bundle {
	var b Bundle
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" && !b.Contains(cert) {
			b.Certificates = append(b.Certificates, cert)
		}
	}
	return b
}
