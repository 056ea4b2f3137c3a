package infisical

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// issued is a certificate with its key.
type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate after change; without an issuer it signs itself.
func issue(t *testing.T, issuer *issued, change func(*x509.Certificate)) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true}
	change(template)
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return issued{cert, key}
}

func authority(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject, c.IsCA, c.KeyUsage = pkix.Name{CommonName: name}, true, x509.KeyUsageCertSign
	}
}

func forLoopback(c *x509.Certificate) {
	c.Subject, c.IPAddresses = pkix.Name{CommonName: "infisical"}, []net.IP{net.IPv4(127, 0, 0, 1)}
}

// loginAt serves with a TLS configuration and says what a login there fails with.
func loginAt(t *testing.T, config *tls.Config, roots *x509.CertPool) cause.Code {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS, server.Config.ErrorLog = config, log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	client, err := New(server.URL, Options{RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Login(t.Context(), UniversalAuth{"id", "secret"})
	c, ok := cause.Of(err)
	if !ok {
		t.Errorf("no cause: %v", err)
	}
	return c.Code
}

func pool(all ...issued) *x509.CertPool {
	p := x509.NewCertPool()
	for _, i := range all {
		p.AddCert(i.cert)
	}
	return p
}

func chain(all ...issued) *tls.Config {
	c := tls.Certificate{PrivateKey: all[0].key}
	for _, i := range all {
		c.Certificate = append(c.Certificate, i.cert.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}}
}

func TestKindsOfDistrust(t *testing.T) {
	root, other, renewed := issue(t, nil, authority("root")), issue(t, nil, authority("other")), issue(t, nil, authority("root"))
	middle := issue(t, &root, authority("middle"))
	leaf := func(issuer issued, changes ...func(*x509.Certificate)) issued {
		return issue(t, &issuer, func(c *x509.Certificate) {
			forLoopback(c)
			for _, change := range changes {
				change(c)
			}
		})
	}
	pointing := func(c *x509.Certificate) { c.IssuingCertificateURL = []string{"http://ca.example/middle.crt"} }
	noCA := issue(t, &root, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "no CA"} })
	tests := []struct {
		name   string
		served []issued
		roots  *x509.CertPool
		want   cause.Code
	}{
		{"trusted", []issued{leaf(middle), middle}, pool(root), cause.NotInfisical},
		{"unknown authority", []issued{leaf(other)}, pool(root), cause.UnknownAuthority},
		{"renewed authority", []issued{leaf(root)}, pool(renewed), cause.RenewedAuthority},
		{"leaf only", []issued{leaf(middle, pointing)}, pool(root), cause.IncompleteChain},
		{"other host", []issued{leaf(root, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(10, 0, 0, 1)} })}, pool(root), cause.WrongHostName},
		{"no IP address", []issued{leaf(root, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"h"} })}, pool(root), cause.WrongHostName},
		{"expired", []issued{leaf(root, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })}, pool(root), cause.CertificateDates},
		{"not valid yet", []issued{leaf(root, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) })}, pool(root), cause.CertificateDates},
		{"issued by a leaf", []issued{leaf(noCA), noCA}, pool(root), cause.NotAnAuthority},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := loginAt(t, chain(tt.served...), tt.roots); got != tt.want {
				t.Errorf("cause %s, want %s", got, tt.want)
			}
		})
	}
}

func TestKindsOfFailedHandshakes(t *testing.T) {
	root := issue(t, nil, authority("root"))
	leaf := issue(t, &root, forLoopback)
	old, mutual := chain(leaf), chain(leaf)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	mutual.ClientAuth = tls.RequireAnyClientCert
	if got := loginAt(t, old, pool(root)); got != cause.HandshakeFailed {
		t.Errorf("old version: cause %s", got)
	}
	if got := loginAt(t, mutual, pool(root)); got != cause.ClientCertificate {
		t.Errorf("client certificate: cause %s", got)
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	client, err := New("https"+plain.URL[len("http"):], Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Login(t.Context(), UniversalAuth{"id", "secret"})
	if c, _ := cause.Of(err); c.Code != cause.PlainHTTP {
		t.Errorf("plain HTTP: %v: cause %s", err, c.Code)
	}
}
