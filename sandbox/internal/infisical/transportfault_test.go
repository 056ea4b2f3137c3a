package infisical

import (
	"net/http"
	"strings"
	"testing"
)

// What clients meet that trust the server's CA is Go's own text, which ESO passes on.
func TestWhatClientsMeetOfATransportFault(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"renewed-ca":               `while trying to verify candidate authority certificate "First CA"`,
		"incomplete-chain":         "certificate signed by unknown authority",
		"issuer-not-ca":            "certificate signed by unknown authority",
		"expired-certificate":      " is after ",
		"future-certificate":       " is before ",
		"other-host":               "because it doesn't contain any IP SANs",
		"no-alternative-name":      "because it doesn't contain any IP SANs",
		"client-only-certificate":  "incompatible key usage",
		"weak-signature":           "insecure algorithm",
		"old-tls":                  "protocol version not supported",
		"wants-client-certificate": "certificate required",
		"plain-http":               "server gave HTTP response to HTTPS client",
		"connection-cut":           "EOF",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t)
			client := r.client()
			r.switchFault(t, http.MethodPut, name)
			if _, _, err := r.logIn(t, client); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("log in: %v, want %q", err, want)
			}
			r.switchFault(t, http.MethodDelete, name)
			r.expectHealthy(t, client)
		})
	}
}

func TestACertificateThatExpiresSoonIsTrusted(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.switchFault(t, http.MethodPut, "expiring-certificate")
	r.expectHealthy(t, r.client())
}
