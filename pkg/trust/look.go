package trust

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// lookTimeout bounds one look at a server.
const lookTimeout = 15 * time.Second

// statusPath is a page that every Infisical has and that needs no login. Any answer will do.
const statusPath = "/api/status"

// Look connects to the server at address, https://HOST[:PORT], and returns what it presents. Nothing is verified, and nothing secret is sent. dial
// replaces the network, and then no proxy is asked; nil is the network. Where no certificate came, the error is that of packages net,
// tls or http.
func Look(ctx context.Context, address string, dial func(ctx context.Context, network, address string) (net.Conn, error)) (Presented, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Presented{}, err
	}
	limited, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var w witness
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig, transport.DisableKeepAlives = w.config(), true
	if dial != nil {
		transport.DialContext, transport.Proxy = dial, nil
	}
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(limited, http.MethodGet, u.JoinPath(statusPath).String(), http.NoBody)
	if err != nil {
		return Presented{}, err
	}
	p := Presented{Host: u.Hostname()}
	response, err := client.Do(request)
	p.At = time.Now()
	refused := remoteRefusal(err)
	if err == nil {
		p.Status, p.ContentType, p.Location = response.StatusCode, response.Header.Get("Content-Type"), response.Header.Get("Location")
		p.Date, _ = http.ParseTime(response.Header.Get("Date"))
		_, err = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))           // so that a refusal after the handshake is seen
		refused = remoteRefusal(err) || response.StatusCode == http.StatusBadRequest // which is how nginx refuses
		_ = response.Body.Close()
	}
	var asked bool
	p.Chain, asked = w.seen()
	p.ClientCertificate = asked && refused
	switch {
	case len(p.Chain) == 0 && err == nil:
		return p, errors.New("the server presented no certificate")
	case len(p.Chain) == 0, ctx.Err() != nil:
		return p, errors.Join(err, ctx.Err())
	}
	return p, nil // that the answer is no good does not matter here
}

// remoteRefusal reports whether the other side has ended the connection with an alert of TLS.
func remoteRefusal(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// witness remembers what happens in a handshake, which runs in a goroutine of its own.
type witness struct {
	mu    sync.Mutex
	chain []*x509.Certificate
	asked bool
}

func (w *witness) seen() ([]*x509.Certificate, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.chain), w.asked
}

func (w *witness) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		// To look at a certificate that is not trusted yet is what this is for. Nothing is said to the server but that it was looked at.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.chain = s.PeerCertificates
			return nil
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asked = true
			return &tls.Certificate{}, nil
		},
	}
}
