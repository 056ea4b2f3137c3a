package infisical

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// authority is the CA that has issued the server's certificate. Only faults need it.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

var errNoAuthority = errors.New("the server was not given its CA's key, which that fault needs")

// openAuthority reads the CA; without files there is none.
func openAuthority(certFile, keyFile string) (authority, error) {
	if certFile == "" || keyFile == "" {
		return authority{}, nil
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return authority{}, fmt.Errorf("load the CA of the server's certificate: %w", err)
	}
	key, _ := pair.PrivateKey.(crypto.Signer)
	return authority{cert: pair.Leaf, key: key}, nil
}

// leaf issues a certificate like the original one, but for what change does to it.
func (a authority) leaf(original *x509.Certificate, change func(*x509.Certificate)) (*tls.Certificate, error) {
	if a.cert == nil {
		return nil, errNoAuthority
	}
	template := like(original)
	if change != nil {
		change(template)
	}
	leaf, key, err := sign(template, a.cert, a.key)
	return chain(key, err, leaf)
}

// renewed issues a certificate by another CA of the same name.
func (a authority) renewed(original *x509.Certificate) (*tls.Certificate, error) {
	if a.cert == nil {
		return nil, errNoAuthority
	}
	return fromNewCA(original, a.cert.Subject)
}

// throughIntermediate issues a certificate by another one that the CA has issued. If that one may issue certificates it is not sent; else it
// is, so that everybody sees that it may not.
func (a authority) throughIntermediate(original *x509.Certificate, isCA bool) (*tls.Certificate, error) {
	if a.cert == nil {
		return nil, errNoAuthority
	}
	between, betweenKey, err := sign(&x509.Certificate{Subject: pkix.Name{CommonName: "Sandbox Infisical Intermediate"}, IsCA: isCA, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}, a.cert, a.key)
	if err != nil {
		return nil, err
	}
	leaf, key, err := sign(like(original), between, betweenKey)
	if isCA {
		return chain(key, err, leaf)
	}
	return chain(key, err, leaf, between)
}

// foreignCertificate makes a certificate for the host names of another one, signed by a CA that nobody has.
func foreignCertificate(original *x509.Certificate) (*tls.Certificate, error) {
	return fromNewCA(original, pkix.Name{CommonName: "Another CA"})
}

func fromNewCA(original *x509.Certificate, subject pkix.Name) (*tls.Certificate, error) {
	ca, caKey, err := sign(&x509.Certificate{Subject: subject, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	if err != nil {
		return nil, err
	}
	leaf, key, err := sign(like(original), ca, caKey)
	return chain(key, err, leaf)
}

// like is a template with the names of a certificate.
func like(original *x509.Certificate) *x509.Certificate {
	return &x509.Certificate{
		Subject:     original.Subject,
		DNSNames:    original.DNSNames,
		IPAddresses: original.IPAddresses,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

// chain puts together what a server presents.
func chain(key crypto.Signer, err error, certificates ...*x509.Certificate) (*tls.Certificate, error) {
	if err != nil {
		return nil, err
	}
	pair := &tls.Certificate{PrivateKey: key, Leaf: certificates[0]}
	for _, c := range certificates {
		pair.Certificate = append(pair.Certificate, c.Raw)
	}
	return pair, nil
}

// sign completes the template and signs it by the parent, or by itself where there is none.
func sign(template, parent *x509.Certificate, parentKey crypto.Signer) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, fmt.Errorf("make a serial number: %w", err)
	}
	template.SerialNumber = serial
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return nil, nil, fmt.Errorf("sign a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("parse a certificate: %w", err)
	}
	return certificate, key, nil
}
