package infisical

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestStandalone reads where a server of its own is, and logs in with what it says.
func TestStandalone(t *testing.T) {
	seed := Seed{
		Admin: NewAdmin("f7e1d2c3-0000-4000-8000-000000000001", "", ""), ClientID: "client", ClientSecret: "secret", ProjectSlug: "demo", ProjectName: "Demo",
		Secrets: map[string]map[string]string{"prod": {"KEY": "value"}},
	}
	for name, tt := range map[string]struct {
		seed  Seed
		login int
	}{
		"with a project":  {seed, http.StatusOK},
		"an organisation": {Seed{Admin: seed.Admin}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			said := serveAlone(t, Standalone{Era: "2026", Listen: "127.0.0.2:0", Seed: tt.seed})
			client := trusting(t, said.CAFile)
			if !strings.HasPrefix(said.URL, "https://127.0.0.2:") || said.OrgID == "" || said.AdminToken == "" {
				t.Errorf("it says %+v", said)
			}
			if answer, err := client.Get(said.URL + "/api/status"); err != nil || answer.StatusCode != http.StatusOK {
				t.Errorf("its status is answered with %v, %v", answer, err)
			}
			if tt.login == 0 {
				if said.ClientIDFile != "" || said.ProjectSlug != "" {
					t.Errorf("it tells of a project that is not there: %+v", said)
				}
				return
			}
			pair := map[string]string{"clientId": line(t, said.ClientIDFile), "clientSecret": line(t, said.ClientSecretFile)}
			if got := post(t, client, said.URL+"/api/v1/auth/universal-auth/login", pair); got != tt.login {
				t.Errorf("the login is answered with %d", got)
			}
		})
	}
}

// serveAlone runs the server until the test is over, and sees it leave nothing behind.
func serveAlone(t *testing.T, s Standalone) announcement {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, write) }()
	var said announcement
	if err := json.NewDecoder(read).Decode(&said); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(said.CAFile); !os.IsNotExist(err) {
			t.Errorf("the files are left: %v", err)
		}
	})
	return said
}

func trusting(t *testing.T, caFile string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if data, err := os.ReadFile(caFile); err != nil || !roots.AppendCertsFromPEM(data) {
		t.Fatalf("no CA in %s: %v", caFile, err)
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
}

func post(t *testing.T, client *http.Client, url string, body any) int {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Post(url, "application/json", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func line(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}
