package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"
	"time"
)

func parse(t *testing.T, data []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(data)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestServerCertificateIsTrustedForItsHosts(t *testing.T) {
	ca, err := NewAuthority("Test CA", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ca.Server("server", "localhost", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(pair.Certificate, pair.Key); err != nil {
		t.Fatalf("certificate and key do not fit: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.Certificate())
	cert := parse(t, pair.Certificate)
	for host, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "example.com": false} {
		_, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: host})
		if got := err == nil; got != want {
			t.Errorf("trusted for %s: got %v (%v), want %v", host, got, err, want)
		}
	}
	_, err = cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err == nil {
		t.Error("a server's certificate passes as a client's")
	}
}

func TestClientCertificateNamesUserAndGroups(t *testing.T) {
	ca, err := NewAuthority("Test CA", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ca.Client("admin", "system:masters")
	if err != nil {
		t.Fatal(err)
	}
	cert := parse(t, pair.Certificate)
	if cert.Subject.CommonName != "admin" || !slices.Equal(cert.Subject.Organization, []string{"system:masters"}) {
		t.Errorf("subject: got %v", cert.Subject)
	}
}

func TestAuthoritiesDoNotTrustEachOther(t *testing.T) {
	one, err := NewAuthority("Same name", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewAuthority("Same name", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := other.Server("server", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(one.Certificate())
	if _, err := parse(t, pair.Certificate).Verify(x509.VerifyOptions{Roots: roots}); err == nil {
		t.Error("a certificate of another authority with the same name is trusted")
	}
}

func TestLifetime(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ca, err := NewAuthority("Test CA", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ca.Client("someone")
	if err != nil {
		t.Fatal(err)
	}
	cert := parse(t, pair.Certificate)
	if !cert.NotBefore.Before(now) || cert.NotAfter.Before(now.Add(300*24*time.Hour)) {
		t.Errorf("valid from %v to %v, made at %v", cert.NotBefore, cert.NotAfter, now)
	}
}
