// Package trust reads CA bundles: what a file really holds, whether it can serve as trust, and how to name it to a person.
package trust

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Bundle is a non-empty list of certificates to trust.
type Bundle struct {
	Certificates []*x509.Certificate
}

// Errors of ParsePEM. They are wrapped with the position of the offending block.
var (
	ErrEmpty         = errors.New("the file is empty; give the CA certificate in PEM form")
	ErrNoCertificate = errors.New("the file holds no PEM certificate (it must contain -----BEGIN CERTIFICATE-----)")
	ErrPrivateKey    = errors.New("the file holds a private key, which must never be put into a ConfigMap; give the certificate alone")
)

// ParsePEM reads a bundle. Text between blocks is skipped, as OpenSSL writes it; any block other than a certificate is refused,
// and so is a certificate that is not valid at now.
func ParsePEM(data []byte, now time.Time) (Bundle, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return Bundle{}, ErrEmpty
	}
	var b Bundle
	for n := 1; ; n++ {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		cert, err := parseBlock(block, now)
		if err != nil {
			return Bundle{}, fmt.Errorf("PEM block %d: %w", n, err)
		}
		b.Certificates = append(b.Certificates, cert)
	}
	if len(b.Certificates) == 0 {
		return Bundle{}, ErrNoCertificate
	}
	return b, nil
}

func parseBlock(block *pem.Block, now time.Time) (*x509.Certificate, error) {
	if strings.Contains(block.Type, "PRIVATE KEY") {
		return nil, ErrPrivateKey
	}
	if block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("it is of type %q, not CERTIFICATE: %w", block.Type, ErrNoCertificate)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("it is not a certificate, though it says so: %w", err)
	}
	if now.After(cert.NotAfter) {
		return nil, fmt.Errorf("certificate %q expired on %s; get the renewed one", cert.Subject, cert.NotAfter.Format(time.DateOnly))
	}
	if now.Before(cert.NotBefore) {
		return nil, fmt.Errorf("certificate %q is valid from %s only; check this machine's clock", cert.Subject, cert.NotBefore.Format(time.DateOnly))
	}
	return cert, nil
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
func (b Bundle) Pool() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	for _, c := range b.Certificates {
		pool.AddCert(c)
	}
	return pool
}

// Describe names a certificate in one line: subject, expiry and the first half of its SHA-256 fingerprint.
func Describe(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	kind := "CA"
	if !c.IsCA {
		kind = "not a CA, pinned as it is"
	}
	return fmt.Sprintf("%s (%s), valid until %s, SHA-256 %X…", c.Subject, kind, c.NotAfter.Format(time.DateOnly), sum[:8])
}
