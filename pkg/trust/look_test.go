package trust

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// serve starts a server on loopback and returns its address.
func serve(t *testing.T, config *tls.Config) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS, server.Config.ErrorLog = config, log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// presenting is a server's configuration with this chain.
func presenting(all ...issued) *tls.Config {
	c := tls.Certificate{PrivateKey: all[0].key}
	for _, i := range all {
		c.Certificate = append(c.Certificate, i.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}}
}

// look looks at a server that presents the chain.
func look(t *testing.T, all ...issued) Presented {
	t.Helper()
	p, err := Look(t.Context(), serve(t, presenting(all...)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func bundle(all ...issued) Bundle {
	var b Bundle
	for _, i := range all {
		b.Certificates = append(b.Certificates, i.Certificate)
	}
	return b
}

func TestLookSeesTheChainAndTheClock(t *testing.T) {
	root := issue(t, nil, ca("Root"))
	middle := issue(t, &root, ca("Middle"))
	leaf := issue(t, &middle, forHosts("127.0.0.1"))
	p := look(t, leaf, middle)
	if !sameOrder(Bundle{p.Chain}, []issued{leaf, middle}) || p.Host != "127.0.0.1" || p.ClientCertificate {
		t.Errorf("got %+v", p)
	}
	if p.Date.IsZero() || p.Date.Sub(p.At).Abs() > skew {
		t.Errorf("server's clock %s, ours %s", p.Date, p.At)
	}
}

func TestLookFindsNoTLS(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	old := presenting(issue(t, nil, forHosts("127.0.0.1")))
	old.MaxVersion = tls.VersionTLS11
	old.MinVersion = tls.VersionTLS10
	for name, tt := range map[string]struct {
		address string
		want    cause.Code
	}{
		"plain HTTP":           {"https" + strings.TrimPrefix(plain.URL, "http"), cause.PlainHTTP},
		"SSH":                  {talking(t, "SSH-2.0-OpenSSH_9.9\r\n"), cause.PlainHTTP},
		"hangs up":             {talking(t, ""), cause.ConnectionCut},
		"an old version alone": {serve(t, old), cause.HandshakeFailed},
		"nobody":               {closed(t), cause.ConnectionRefused},
		"no such name":         {"https://infisical.no-such-name.invalid", cause.HostUnknown},
	} {
		p, err := Look(t.Context(), tt.address, nil)
		if c, _ := cause.OfNetwork(err); c.Code != tt.want || len(p.Chain) != 0 {
			t.Errorf("%s: %v: cause %s, want %s", name, err, c.Code, tt.want)
		}
	}
}

// talking is the address of something that says one thing to whoever connects, and hangs up.
func talking(t *testing.T, text string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1<<12)) // the greeting, so that hanging up is no reset
			_, _ = io.WriteString(conn, text)
			conn.Close()
		}
	}()
	return "https://" + listener.Addr().String()
}

func closed(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return "https://" + listener.Addr().String()
}

func TestLookEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Look(ctx, "https://infisical.example", func(context.Context, string, string) (net.Conn, error) {
		cancel()
		return nil, ctx.Err()
	})
	if err == nil {
		t.Error("no error")
	}
}

func TestLookGoesThroughTheDialer(t *testing.T) {
	root := issue(t, nil, ca("Root"))
	leaf := issue(t, &root, forHosts("infisical.tools.svc"))
	address := strings.TrimPrefix(serve(t, presenting(leaf)), "https://")
	p, err := Look(t.Context(), "https://infisical.tools.svc:8443", func(ctx context.Context, network, asked string) (net.Conn, error) {
		if asked != "infisical.tools.svc:8443" {
			t.Errorf("asked for %s", asked)
		}
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	})
	if err != nil || p.Host != "infisical.tools.svc" {
		t.Fatalf("%+v, %v", p, err)
	}
	if v := p.Judge(bundle(root), x509.NewCertPool(), now); len(v.Failures) != 0 {
		t.Errorf("failures %v", v.Failures)
	}
}

// TestLookGoesThroughTheProxy is for the direct way; Go asks no proxy for addresses of this machine, so a name is used.
func TestLookGoesThroughTheProxy(t *testing.T) {
	root := issue(t, nil, ca("Root"))
	leaf := issue(t, &root, forHosts("infisical.example"))
	address := strings.TrimPrefix(serve(t, presenting(leaf)), "https://")
	asked := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host
		far, err := net.Dial("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		defer far.Close()
		near, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer near.Close()
		_, _ = io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(far, near) }()
		_, _ = io.Copy(near, far)
	}))
	defer proxy.Close()
	through, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	// The environment's proxies are read once in a process, so the transport's own setting stands in.
	transport := http.DefaultTransport.(*http.Transport)
	before := transport.Proxy
	transport.Proxy = http.ProxyURL(through)
	defer func() { transport.Proxy = before }()
	p, err := Look(t.Context(), "https://infisical.example", nil)
	if err != nil || !p.Leaf().Equal(leaf.Certificate) {
		t.Fatalf("%+v, %v", p, err)
	}
	if got := <-asked; got != "CONNECT infisical.example:443" {
		t.Errorf("the proxy was asked to %s", got)
	}
}

func TestLookNoticesThatAClientCertificateIsDemanded(t *testing.T) {
	root := issue(t, nil, ca("Root"))
	leaf := issue(t, &root, forHosts("127.0.0.1"))
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		for demanded, auth := range map[bool]tls.ClientAuthType{true: tls.RequireAnyClientCert, false: tls.RequestClientCert} {
			config := presenting(leaf)
			config.MinVersion, config.MaxVersion, config.ClientAuth = version, version, auth
			p, err := Look(t.Context(), serve(t, config), nil)
			if err != nil || p.ClientCertificate != demanded || len(p.Chain) != 1 {
				t.Errorf("%s, demanded %t: %+v, %v", name, demanded, p, err)
			}
		}
	}
	config := presenting(leaf)
	config.ClientAuth = tls.RequireAnyClientCert
	p, err := Look(t.Context(), serve(t, config), nil)
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Judge(bundle(root), x509.NewCertPool(), now); len(v.Failures) != 1 || v.Failures[0].Cause.Code != cause.ClientCertificate {
		t.Errorf("failures %v", v.Failures)
	}
}

func TestLookIsNotHeldUpByASlowAnswer(t *testing.T) {
	leaf := issue(t, nil, forHosts("127.0.0.1"))
	release := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	server.TLS = presenting(leaf)
	server.StartTLS()
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := Look(ctx, server.URL, nil); err == nil {
		t.Error("the caller's own limit is not kept")
	}
}
