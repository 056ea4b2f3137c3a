// Package pki makes the sandbox's certificates: a small certificate authority on crypto/x509 with ECDSA P-256 keys.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

const (
	authorityLifetime = 10 * 365 * 24 * time.Hour
	leafLifetime      = 365 * 24 * time.Hour
	// Certificates begin a little in the past, for clocks that differ.
	clockSkew = time.Hour
)

// Authority signs certificates.
type Authority struct {
	cert *x509.Certificate
	pem  []byte
	key  *ecdsa.PrivateKey
	now  func() time.Time
}

// NewAuthority makes a certificate authority of that name. Its key never leaves memory: nothing is issued later.
func NewAuthority(commonName string, now func() time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority %q: %w", commonName, err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: commonName},
		NotBefore:             now().Add(-clockSkew),
		NotAfter:              now().Add(authorityLifetime),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority %q: %w", commonName, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority %q: %w", commonName, err)
	}
	return &Authority{cert: cert, pem: encode("CERTIFICATE", der), key: key, now: now}, nil
}

// Certificate is the authority's own certificate, PEM.
func (a *Authority) Certificate() []byte { return a.pem }

// Pair is a certificate and its key, PEM.
type Pair struct{ Certificate, Key []byte }

// Client issues a certificate for a user, as Kubernetes reads it: the common name is the user, the organisations are its groups.
func (a *Authority) Client(user string, groups ...string) (Pair, error) {
	return a.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// Server issues a certificate for a server that is reached under these host names and IP addresses.
func (a *Authority) Server(commonName string, hosts ...string) (Pair, error) {
	return a.Faulty(commonName, func(*x509.Certificate) {}, hosts...)
}

// Faulty issues a server's certificate that differs in what spoil changes.
func (a *Authority) Faulty(commonName string, spoil func(*x509.Certificate), hosts ...string) (Pair, error) {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: commonName},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	spoil(template)
	return a.issue(template)
}

// Under issues the certificate of a server by an intermediate authority of its own, which the pair leaves out.
func (a *Authority) Under(commonName string, hosts ...string) (Pair, error) {
	middle, err := a.intermediate(commonName+" Intermediate CA", true)
	if err != nil {
		return Pair{}, err
	}
	// As is usual, the certificate says where the one that has issued it can be fetched.
	return middle.Faulty(commonName, func(c *x509.Certificate) {
		c.IssuingCertificateURL = []string{"http://ca.sandbox.test/intermediate.crt"}
	}, hosts...)
}

// UnderNoCA issues the certificate of a server by one that may not issue any, and is in the pair behind it.
func (a *Authority) UnderNoCA(commonName string, hosts ...string) (Pair, error) {
	middle, err := a.intermediate(commonName+" Issuer", false)
	if err != nil {
		return Pair{}, err
	}
	pair, err := middle.Server(commonName, hosts...)
	pair.Certificate = append(pair.Certificate, encode("CERTIFICATE", middle.cert.Raw)...)
	return pair, err
}

func (a *Authority) intermediate(name string, isCA bool) (*Authority, error) {
	middle, err := NewAuthority(name, a.now)
	if err != nil {
		return nil, err
	}
	template := *middle.cert
	template.SerialNumber, template.IsCA = big.NewInt(2), isCA
	der, err := x509.CreateCertificate(rand.Reader, &template, a.cert, middle.key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("issue an intermediate authority: %w", err)
	}
	if middle.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("issue an intermediate authority: %w", err)
	}
	return middle, nil
}

func (a *Authority) issue(template *x509.Certificate) (Pair, error) {
	name := template.Subject.CommonName
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("issue a certificate for %q: %w", name, err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return Pair{}, fmt.Errorf("issue a certificate for %q: %w", name, err)
	}
	template.SerialNumber = serial
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = a.now().Add(-clockSkew), a.now().Add(leafLifetime)
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return Pair{}, fmt.Errorf("issue a certificate for %q: %w", name, err)
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return Pair{}, fmt.Errorf("issue a certificate for %q: %w", name, err)
	}
	return Pair{Certificate: encode("CERTIFICATE", der), Key: keyPEM}, nil
}

// SigningKey makes a key pair for signing tokens, PEM.
func SigningKey() (private, public []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a signing key: %w", err)
	}
	private, err = encodeKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("make a signing key: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, nil, fmt.Errorf("make a signing key: %w", err)
	}
	return private, encode("PUBLIC KEY", der), nil
}

// encodeKey writes the SEC 1 form, as Kubernetes does with its own keys.
func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return encode("EC PRIVATE KEY", der), nil
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
