package authority

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
	"sync/atomic"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// issued is a certificate with its key.
type issued struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

func root(t *testing.T, name string) issued { return issue(t, nil, name) }

// issue makes a CA of that name, or with an issuer a server's certificate for this machine.
func issue(t *testing.T, issuer *issued, name string) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.Certificate, issuer.key
	} else {
		template.IsCA, template.KeyUsage, template.IPAddresses = true, x509.KeyUsageCertSign, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return issued{c, key}
}

func bundleOf(all ...issued) trust.Bundle {
	var b trust.Bundle
	for _, i := range all {
		b.Certificates = append(b.Certificates, i.Certificate)
	}
	return b
}

// peer is a server whose certificates can be changed: it presents them in turn, the last one for ever.
type peer struct {
	URL   string
	turns atomic.Pointer[[]tls.Certificate]
	looks atomic.Int32
}

// present lets the peer present certificates of these CAs from now on.
func (p *peer) present(t *testing.T, authorities ...issued) {
	t.Helper()
	turns := make([]tls.Certificate, 0, len(authorities))
	for _, a := range authorities {
		leaf := issue(t, &a, "server")
		turns = append(turns, tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: leaf.key})
	}
	p.looks.Store(0)
	p.turns.Store(&turns)
}

func newPeer(t *testing.T, authorities ...issued) *peer {
	t.Helper()
	p := &peer{}
	p.present(t, authorities...)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		turns := *p.turns.Load()
		n := min(int(p.looks.Add(1)), len(turns))
		return &tls.Config{Certificates: turns[n-1 : n]}, nil
	}}
	server.StartTLS()
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}
