package infisical

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// switchFault sets a fault or clears it, twice: the second time nothing happens.
func (r *rig) switchFault(t *testing.T, method, name string) {
	t.Helper()
	for range 2 {
		if status, body := r.fault(t, method, name); status != http.StatusOK || body != `{"ok":true}` {
			t.Fatalf("%s %s: %d %s", method, name, status, body)
		}
	}
	want := `{"faults":[]}`
	if method == http.MethodPut {
		want = `{"faults":["` + name + `"]}`
	}
	if status, body := r.fault(t, http.MethodGet, ""); status != http.StatusOK || body != want {
		t.Errorf("faults after %s %s: %d %s, want %s", method, name, status, body, want)
	}
}

func (r *rig) expectHealthy(t *testing.T, client *http.Client) {
	t.Helper()
	token, message, err := r.logIn(t, client)
	if err != nil || token == "" {
		t.Fatalf("log in: %q %v", message, err)
	}
	if status := r.read(t, client, token); status != http.StatusOK {
		t.Fatalf("read: %d", status)
	}
}

func TestUnknownFault(t *testing.T) {
	t.Parallel()
	r := start(t)
	const want = `no such fault as "nope"; there are bad-gateway, ca-renewed, certificate-chain-incomplete`
	if status, body := r.fault(t, http.MethodPut, "nope"); status != http.StatusNotFound || !strings.HasPrefix(body, want) {
		t.Errorf("PUT nope: %d %s", status, body)
	}
}

func TestWrongClientSecret(t *testing.T) {
	t.Parallel()
	r := start(t)
	client := r.client()
	token, _, err := r.logIn(t, client)
	if err != nil {
		t.Fatal(err)
	}
	r.switchFault(t, http.MethodPut, "wrong-client-secret")
	for range 3 {
		if _, message, _ := r.logIn(t, client); message != "Invalid credentials" {
			t.Errorf("log in: %q", message)
		}
	}
	if _, message, _ := r.logIn(t, client); message != "This identity auth method is temporarily locked, please try again later" {
		t.Errorf("fourth log in: %q", message)
	}
	if status := r.read(t, client, token); status != http.StatusUnauthorized {
		t.Errorf("read with a token of the revoked secret: %d", status)
	}
	r.switchFault(t, http.MethodDelete, "wrong-client-secret")
	r.expectHealthy(t, client)
}

func TestUnknownProject(t *testing.T) {
	t.Parallel()
	r := start(t)
	client := r.client()
	token, _, err := r.logIn(t, client)
	if err != nil {
		t.Fatal(err)
	}
	r.switchFault(t, http.MethodPut, "unknown-project")
	if status := r.read(t, client, token); status != http.StatusNotFound {
		t.Errorf("read: %d, want 404", status)
	}
	r.switchFault(t, http.MethodDelete, "unknown-project")
	r.expectHealthy(t, client)
}

func TestDown(t *testing.T) {
	t.Parallel()
	r := start(t)
	client := r.client()
	r.expectHealthy(t, client)
	r.switchFault(t, http.MethodPut, "down")
	if _, _, err := r.logIn(t, client); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("log in: %v, want connection refused", err)
	}
	r.switchFault(t, http.MethodDelete, "down")
	r.expectHealthy(t, client)
}

func TestWrongCA(t *testing.T) {
	t.Parallel()
	r := start(t)
	client := r.client()
	r.expectHealthy(t, client)
	r.switchFault(t, http.MethodPut, "wrong-ca")
	var unknownAuthority x509.UnknownAuthorityError
	if _, _, err := r.logIn(t, client); !errors.As(err, &unknownAuthority) {
		t.Fatalf("log in: %v, want unknown authority", err)
	}
	if err := unknownAuthority.Cert.VerifyHostname("127.0.0.1"); err != nil {
		t.Errorf("the foreign certificate is for another host: %v", err)
	}
	r.switchFault(t, http.MethodDelete, "wrong-ca")
	r.expectHealthy(t, client)
}

func TestWrongCAWhileDown(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.switchFault(t, http.MethodPut, "down")
	if status, body := r.fault(t, http.MethodPut, "wrong-ca"); status != http.StatusOK {
		t.Fatalf("PUT wrong-ca: %d %s", status, body)
	}
	if _, _, err := r.logIn(t, r.client()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("log in: %v, want connection refused", err)
	}
	if status, body := r.fault(t, http.MethodDelete, "down"); status != http.StatusOK {
		t.Fatalf("DELETE down: %d %s", status, body)
	}
	var unknownAuthority x509.UnknownAuthorityError
	if _, _, err := r.logIn(t, r.client()); !errors.As(err, &unknownAuthority) {
		t.Errorf("log in: %v, want unknown authority", err)
	}
}

func TestCertificateIsReadAgain(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.expectHealthy(t, r.client())
	roots := writeCertificate(t, r.dir, "A second CA, of a longer name")
	next := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	r.expectHealthy(t, next)
	if _, _, err := r.logIn(t, r.client()); err == nil {
		t.Error("a client of the first CA still trusts the server")
	}
}
