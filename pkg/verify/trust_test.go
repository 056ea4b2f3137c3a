package verify

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// tlsServer is a server with a self-signed certificate for 127.0.0.1 and example.com, and a bundle that trusts it.
func tlsServer(t *testing.T) (Server, trust.Bundle) {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	return Server{Host: s.URL}, trust.Bundle{Certificates: []*x509.Certificate{s.Certificate()}}
}

func TestTrustFromHere(t *testing.T) {
	v := &Verifier{Progress: func(string) {}}
	s, right := tlsServer(t)
	if _, err := v.Trust(t.Context(), Local, s); !isCode(err, cause.UnknownAuthority) {
		t.Errorf("without its CA: %v", err)
	}
	if warnings, err := v.Trust(t.Context(), None, s); err != nil || len(warnings) != 0 {
		t.Errorf("by nobody: %v, %v", warnings, err)
	}
	s.CA = right
	if warnings, err := v.Trust(t.Context(), Local, s); err != nil || len(warnings) != 0 {
		t.Errorf("with its CA: %v, %v", warnings, err)
	}
	s.Host = strings.Replace(s.Host, "127.0.0.1", "localhost", 1)
	if _, err := v.Trust(t.Context(), Local, s); !isCode(err, cause.WrongHostName) {
		t.Errorf("by another name: %v", err)
	}
}

func TestTrustThroughAService(t *testing.T) {
	s, right := tlsServer(t)
	address := strings.TrimPrefix(s.Host, "https://")
	var asked kube.ServicePort
	v := &Verifier{Progress: func(string) {}, Forward: func(service kube.ServicePort) (kube.Dial, error) {
		asked = service
		return func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, address)
		}, nil
	}}
	s.Host, s.CA, s.Via = "https://example.com", right, kube.ServicePort{Name: "infisical", Namespace: "tools"}
	if _, err := v.Trust(t.Context(), Local, s); err != nil || asked != s.Via {
		t.Errorf("asked for %s: %v", asked, err)
	}
	none := errors.New("no such Service")
	v.Forward = func(kube.ServicePort) (kube.Dial, error) { return nil, none }
	if _, err := v.Look(t.Context(), s); !errors.Is(err, none) {
		t.Errorf("error = %v", err)
	}
}

func TestTrustOffersTheOtherWays(t *testing.T) {
	v := &Verifier{Progress: func(string) {}}
	_, err := v.Trust(t.Context(), Local, Server{Host: "https://infisical.no-such-name.invalid"})
	var named *cause.Error
	if !errors.As(err, &named) || named.Cause.Code != cause.HostUnknown || !strings.Contains(named.Cause.Fix, "--verify=cluster") {
		t.Errorf("error = %v", err)
	}
}

// TestTrustByESO takes whatever Infisical answers to credentials that nobody has as the sign that TLS holds.
func TestTrustByESO(t *testing.T) {
	tests := map[string]struct {
		says  string
		holds bool
		code  cause.Code
	}{
		"it refuses them":        {`APIError: CallUniversalAuthLogin unsuccessful response [status-code=401] [message="Invalid credentials"]`, true, ""},
		"too many calls":         {`APIError: CallUniversalAuthLogin unsuccessful response [status-code=429] [message="Rate limit exceeded"]`, true, ""},
		"another answers":        {`APIError: CallUniversalAuthLogin unsuccessful response [status-code=404]`, true, ""},
		"they are right":         {"", true, ""},
		"the wrong CA":           {"tls: failed to verify certificate: x509: certificate signed by unknown authority", false, cause.UnknownAuthority},
		"another host":           {"x509: certificate is valid for a.b, not h", false, cause.WrongHostName},
		"an expired certificate": {"x509: certificate has expired or is not yet valid: current time 2026 is after 2025", false, cause.CertificateDates},
		"no such host":           {"dial tcp: lookup h on 10.96.0.10:53: no such host", false, cause.HostUnknown},
		"nobody there":           {"dial tcp 10.0.0.1:443: connect: connection refused", false, cause.ConnectionRefused},
		"no answer":              {"dial tcp 10.0.0.1:443: i/o timeout", false, cause.TimedOut},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ids := map[string]bool{}
			v, client := inCluster(func(id, _ string) error {
				ids[id] = true
				if tt.says == "" {
					return nil
				}
				return errors.New(tt.says)
			})
			_, err := v.Trust(t.Context(), Cluster, Server{Host: "https://h"})
			if (err == nil) != tt.holds || !tt.holds && !isCode(err, tt.code) {
				t.Errorf("error = %v", err)
			}
			if names := left(t, client); len(names) > 0 || len(ids) != 1 || ids[pair.ClientID] {
				t.Errorf("left %v, asked with %v", names, ids)
			}
		})
	}
}

func isCode(err error, want cause.Code) bool {
	c, known := cause.Of(err)
	return known && c.Code == want
}
