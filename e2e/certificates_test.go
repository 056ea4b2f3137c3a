//go:build e2e

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// issued is a certificate with its key.
type issued struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// issue makes a certificate that is valid for a year; without an issuer it signs itself.
func issue(t *testing.T, issuer *issued, changes ...func(*x509.Certificate)) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: serial, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), BasicConstraintsValid: true}
	for _, change := range changes {
		change(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.Certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return issued{certificate, key}
}

func authority(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: name, Organization: []string{"Example"}}
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
	}
}

// foreign makes it a CA of another organisation.
func foreign(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		authority(name)(c)
		c.Subject.Organization = []string{"Somebody else"}
	}
}

// server makes it a certificate of a server for these names and addresses.
func server(hosts ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject.CommonName = "infisical"
		for _, host := range hosts {
			if ip := net.ParseIP(host); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, host)
			}
		}
	}
}

// infisicalHosts are the names of the sandbox's Infisical.
var infisicalHosts = []string{"127.0.0.1", "localhost", "infisical.infisical.svc"}

func valid(from, to time.Duration) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(from), time.Now().Add(to) }
}

func (i issued) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Raw}))
}

func (i issued) keyPEM(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// fingerprint is bare and in lower case.
func (i issued) fingerprint() string {
	sum := sha256.Sum256(i.Raw)
	return hex.EncodeToString(sum[:])
}

// file writes it as a CA file.
func (i issued) file(t *testing.T) string { return file(t, i.pem()) }

func chainPEM(chain ...issued) string {
	var all strings.Builder
	for _, c := range chain {
		all.WriteString(c.pem())
	}
	return all.String()
}

// serving starts something else than Infisical that speaks TLS with the chain; change alters how.
func serving(t *testing.T, change func(*tls.Config), chain ...issued) string {
	t.Helper()
	own := tls.Certificate{PrivateKey: chain[0].key}
	for _, c := range chain {
		own.Certificate = append(own.Certificate, c.Raw)
	}
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS, s.Config.ErrorLog = &tls.Config{Certificates: []tls.Certificate{own}}, log.New(io.Discard, "", 0)
	if change != nil {
		change(s.TLS)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// present lets the sandbox's Infisical present another chain, which it notices by itself.
func (s *sandbox) present(t *testing.T, chain ...issued) {
	t.Helper()
	for name, content := range map[string]string{"infisical.key": chain[0].keyPEM(t), "infisical.crt": chainPEM(chain...)} {
		name = filepath.Join(s.Dir, "pki", name)
		if err := os.WriteFile(name+".new", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(name+".new", name); err != nil {
			t.Fatal(err)
		}
	}
}
