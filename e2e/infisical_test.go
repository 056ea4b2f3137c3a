//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
)

// administrator calls Infisical's API directly, to see what the plugin has left there.
type administrator struct {
	s      *sandbox
	client *http.Client
	token  string
}

func administer(t *testing.T, s *sandbox) *administrator {
	t.Helper()
	pem, err := os.ReadFile(s.Infisical.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &administrator{s: s, token: read(t, s.Infisical.AdminTokenFile),
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}}
}

func (a *administrator) call(t *testing.T, method, path string, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if in == nil {
		body = nil
	}
	req, err := http.NewRequestWithContext(t.Context(), method, a.s.Infisical.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %v", method, path, resp.Status, err)
	}
	if err := json.Unmarshal(data, out); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
}

// identities are the IDs of the machine identities of that name.
func (a *administrator) identities(t *testing.T, name string) []string {
	t.Helper()
	var out struct {
		Identities []struct {
			Identity struct{ ID, Name string }
		}
	}
	a.call(t, http.MethodGet, "/api/v1/identities?orgId="+a.s.Infisical.OrgID, nil, &out)
	var ids []string
	for _, i := range out.Identities {
		if i.Identity.Name == name {
			ids = append(ids, i.Identity.ID)
		}
	}
	return ids
}

// secretRecord is a client secret as the server shows it.
type secretRecord struct {
	ID          string
	Description string
	Prefix      string `json:"clientSecretPrefix"`
	Uses        int    `json:"clientSecretNumUses"`
}

// liveSecrets are the identity's client secrets that are not revoked.
func (a *administrator) liveSecrets(t *testing.T, identityID string) []secretRecord {
	t.Helper()
	var out struct {
		ClientSecretData []secretRecord
	}
	a.call(t, http.MethodGet, "/api/v1/auth/universal-auth/identities/"+identityID+"/client-secrets", nil, &out)
	return out.ClientSecretData
}

// oneOfEach fails unless there is one identity of the name with one live client secret, and returns both.
func (a *administrator) oneOfEach(t *testing.T, name string) (identityID string, secret secretRecord) {
	t.Helper()
	ids := a.identities(t, name)
	if len(ids) != 1 {
		t.Fatalf("there are %d machine identities named %s", len(ids), name)
	}
	secrets := a.liveSecrets(t, ids[0])
	if len(secrets) != 1 {
		t.Fatalf("identity %s has %d live client secrets: %+v", name, len(secrets), secrets)
	}
	return ids[0], secrets[0]
}

// attempts are the logins that the server has counted for a client ID.
type attempts struct {
	Attempts, Failures int
}

// doubleControl is the way into the double itself, past its API.
func (s *sandbox) doubleControl(t *testing.T, method, path string, out any) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", s.Infisical.ControlSocket)
	}}}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://double"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s of the double: %s %s %v", method, path, resp.Status, data, err)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(data, out); err != nil {
		t.Fatalf("%s %s of the double: %v", method, path, err)
	}
}

// logins are the attempts so far with a client ID.
func (s *sandbox) logins(t *testing.T, clientID string) attempts {
	t.Helper()
	var all map[string]attempts
	s.doubleControl(t, http.MethodGet, "/logins", &all)
	return all[clientID]
}

// during counts the logins that a function costs.
func (s *sandbox) during(t *testing.T, clientID string, do func()) attempts {
	t.Helper()
	before := s.logins(t, clientID)
	do()
	now := s.logins(t, clientID)
	return attempts{now.Attempts - before.Attempts, now.Failures - before.Failures}
}

func (a attempts) String() string { return fmt.Sprintf("%d logins, %d failed", a.Attempts, a.Failures) }
