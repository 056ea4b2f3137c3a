package infisical

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What clients meet that trust the server's CA is Go's own text, which ESO passes on.
func TestWhatClientsMeetOfAFaultOfTransport(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"old-tls":                  "protocol version not supported",
		"wants-client-certificate": "certificate required",
		"no-tls":                   "server gave HTTP response to HTTPS client",
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

func TestAnotherAnswersInTheServersPlace(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		status int
		kind   string
	}{
		"html-proxy":    {http.StatusOK, "text/html; charset=utf-8"},
		"bad-gateway":   {http.StatusBadGateway, "text/html"},
		"server-errors": {http.StatusInternalServerError, "application/json"},
		"redirect":      {http.StatusOK, "text/html; charset=utf-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t)
			client := r.client()
			r.switchFault(t, http.MethodPut, name)
			response, err := client.Get(r.url + "/api/status")
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if kind := response.Header.Get("Content-Type"); response.StatusCode != want.status || kind != want.kind {
				t.Errorf("answered %d %s", response.StatusCode, kind)
			}
			r.switchFault(t, http.MethodDelete, name)
			r.expectHealthy(t, client)
		})
	}
}

func TestASlowServerAnswersNothing(t *testing.T) {
	t.Parallel()
	r := start(t)
	client := r.client()
	r.switchFault(t, http.MethodPut, "slow")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/api/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := client.Do(request); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("answered %v, %v", response, err)
	}
	r.switchFault(t, http.MethodDelete, "slow")
	r.expectHealthy(t, client)
}

// The faults of what the server holds show in what it answers to the identity.
func TestTheIdentityMayReadNoMore(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"permission-removed": http.StatusForbidden, "environment-renamed": http.StatusNotFound, "identity-writes": http.StatusOK} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t)
			client := r.client()
			r.switchFault(t, http.MethodPut, name)
			token, message, err := r.logIn(t, client)
			if err != nil || token == "" {
				t.Fatalf("log in: %q, %v", message, err)
			}
			if status := r.read(t, client, token); status != want {
				t.Errorf("read: %d, want %d", status, want)
			}
			r.switchFault(t, http.MethodDelete, name)
			r.expectHealthy(t, client)
		})
	}
}
