package pki

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"
)

// What is wrong with a certificate must be that alone.
func TestEachFaultyCertificateIsRefusedForItsOwnReason(t *testing.T) {
	a, err := NewAuthority("CA", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.Certificate())
	for name, test := range map[string]struct {
		make func() (Pair, error)
		want string
	}{
		"good":         {func() (Pair, error) { return a.Server("s", "h") }, ""},
		"no chain":     {func() (Pair, error) { return a.Under("s", "h") }, "unknown authority"},
		"issuer no CA": {func() (Pair, error) { return a.UnderNoCA("s", "h") }, "parent certificate cannot sign this kind of certificate"},
		"weak": {func() (Pair, error) {
			return a.Faulty("s", func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }, "h")
		}, "insecure algorithm"},
		"expired": {func() (Pair, error) {
			return a.Faulty("s", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, "h")
		}, "expired"},
	} {
		pair, err := test.make()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		loaded, err := tls.X509KeyPair(pair.Certificate, pair.Key)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		options := x509.VerifyOptions{DNSName: "h", Roots: roots, Intermediates: x509.NewCertPool()}
		for _, der := range loaded.Certificate[1:] {
			c, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			options.Intermediates.AddCert(c)
		}
		_, err = loaded.Leaf.Verify(options)
		if err == nil != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
