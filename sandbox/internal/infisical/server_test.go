package infisical

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rig is a running server, the CA it is signed by and a client of its control socket.
type rig struct {
	url     string
	dir     string
	roots   *x509.CertPool
	control *http.Client
	done    chan error
	stop    context.CancelFunc
}

func start(t *testing.T) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("", "a b") // not t.TempDir: the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &rig{dir: dir, done: make(chan error, 1)}
	r.roots = writeCertificate(t, dir, "First CA")
	cfg := Config{
		Listen: freeAddress(t), Era: "2026",
		TLSCertFile: filepath.Join(dir, "tls.crt"), TLSKeyFile: filepath.Join(dir, "tls.key"),
		SeedFile: filepath.Join(dir, "seed.json"), ControlSocket: filepath.Join(dir, "control.sock"),
	}
	writeJSONFile(t, cfg.SeedFile, Seed{
		ClientID: "client", ClientSecret: "secret", ProjectSlug: "demo", ProjectName: "Demo",
		Secrets: map[string]map[string]string{"prod": {"KEY": "value", "/app/NESTED": "nested"}},
	})
	r.url = "https://" + cfg.Listen
	r.control = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", cfg.ControlSocket)
	}}}
	ctx, cancel := context.WithCancel(t.Context())
	r.stop = cancel
	go func() { r.done <- Run(ctx, cfg) }()
	t.Cleanup(cancel)
	r.waitForControl(t)
	return r
}

func (r *rig) waitForControl(t *testing.T) {
	t.Helper()
	for {
		response, err := r.control.Get("http://control/faults")
		if err == nil {
			response.Body.Close()
			return
		}
		select {
		case err := <-r.done:
			t.Fatalf("the server ended: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (r *rig) fault(t *testing.T, method, name string) (int, string) {
	t.Helper()
	path := "http://control/fault/" + name
	if name == "" {
		path = "http://control/faults"
	}
	request, err := http.NewRequestWithContext(t.Context(), method, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := r.control.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(content))
}

// client trusts the CA that the server started with.
func (r *rig) client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: r.roots}}}
}

func (r *rig) logIn(t *testing.T, client *http.Client) (token, message string, err error) {
	t.Helper()
	response, err := client.Post(r.url+"/api/v1/auth/universal-auth/login", "application/json",
		strings.NewReader(`{"clientId":"client","clientSecret":"secret"}`))
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	var body struct{ AccessToken, Message string }
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body.AccessToken, body.Message, nil
}

// read returns the status of a list of the project's secrets.
func (r *rig) read(t *testing.T, client *http.Client, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", r.url+"/api/v3/secrets/raw?workspaceSlug=demo&environment=prod", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// writeCertificate writes tls.crt and tls.key for 127.0.0.1 and returns the CA that signed them.
func writeCertificate(t *testing.T, dir, caName string) *x509.CertPool {
	t.Helper()
	ca, caKey, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: caName}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf, key, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "infisical"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames: []string{"infisical.test"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, ca, caKey)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, filepath.Join(dir, "tls.crt"), "CERTIFICATE", leaf.Raw)
	writePEM(t, filepath.Join(dir, "tls.key"), "PRIVATE KEY", marshalKey(t, key))
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	return roots
}

func marshalKey(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeJSONFile(t *testing.T, file string, content any) {
	t.Helper()
	text, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRunStopsAndReportsWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("Run after its context ended: %v", err)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "control.sock")); !os.IsNotExist(err) {
		t.Errorf("the control socket is still there: %v", err)
	}

	seed := filepath.Join(r.dir, "seed.json")
	for name, test := range map[string]struct{ content, want string }{
		"no JSON":             {"x", "it has to be the JSON of a seed"},
		"no client":           {`{"clientSecret":"s","projectSlug":"p"}`, "clientId is empty"},
		"unknown environment": {`{"clientId":"c","clientSecret":"s","projectSlug":"p","secrets":{"production":{}}}`, `environment "production": no such environment`},
	} {
		if err := os.WriteFile(seed, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Run(t.Context(), Config{SeedFile: seed}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
	if err := Run(t.Context(), Config{SeedFile: filepath.Join(r.dir, "none")}); err == nil || !strings.Contains(fmt.Sprint(err), "read the server's seed") {
		t.Errorf("no seed: %v", err)
	}
}
