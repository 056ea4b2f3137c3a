//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// twoFaced is an Infisical that shows the plugin something else than it shows ESO.
type twoFaced struct {
	url, caFile string
	// alter changes what the plugin is told of the secrets; nil cuts its connection.
	alter atomic.Pointer[func([]byte) []byte]
	// hold keeps ESO waiting while it is not closed.
	hold atomic.Pointer[chan struct{}]
}

func newTwoFaced(t *testing.T, s *sandbox) *twoFaced {
	t.Helper()
	pemData, err := os.ReadFile(s.Infisical.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pemData)
	to, err := url.Parse(s.Infisical.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := &twoFaced{}
	f.show(func(body []byte) []byte { return body })
	forward := &httputil.ReverseProxy{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
		ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Header.Del("Accept-Encoding") },
		ModifyResponse: func(r *http.Response) error {
			if mine(r.Request) && r.Request.URL.Path == "/api/v3/secrets/raw" {
				body, err := io.ReadAll(r.Body)
				body = (*f.alter.Load())(body)
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				r.Header.Del("Content-Length")
				return err
			}
			return nil
		}}
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hold := f.hold.Load()
		switch {
		case mine(r) && f.alter.Load() == nil:
			panic(http.ErrAbortHandler)
		case !mine(r) && hold != nil:
			<-*hold
		}
		forward.ServeHTTP(w, r)
	}))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(front.Close)
	f.url, f.caFile = front.URL, filepath.Join(t.TempDir(), "front.crt")
	if err := os.WriteFile(f.caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func mine(r *http.Request) bool { return strings.HasPrefix(r.UserAgent(), "kubectl-eso-infisical") }

func (f *twoFaced) show(alter func([]byte) []byte) { f.alter.Store(&alter) }

// proofs are of values that arrive as they are, and of those that do not although ESO calls them ready.
func proofs(t *testing.T, s *sandbox) {
	admin := administer(t, s)
	s.run(t, "test").expect(t, 2, "--key NAME, or --all-keys")
	s.run(t, "test", "--key", "A", "--all-keys").expect(t, 2, "exclude each other")
	s.run(t, "test", "--all-keys", "-o", "json").expect(t, 0, `"kind": "TestResult"`, `"compared": true`, `"key": "DATABASE_PASSWORD"`, `"outcome": "equal"`)
	s.run(t, "test", "--key", s.Infisical.Key, "--key", "DATABASE_PASSWORD").expect(t, 0, s.Infisical.Key+" arrived", "DATABASE_PASSWORD arrived")

	admin.secret(t, "/", "MASKED", "<hidden-by-infisical>")
	admin.secret(t, "/", "EMPTY", "")
	s.run(t, "test", "--key", "MASKED").expect(t, 1, "EI805", "MASKED", "readValue")
	s.run(t, "test", "--key", "EMPTY").expect(t, 1, "EI804", "EMPTY")
	s.run(t, "test", "--key", "NO_SUCH_KEY", "-o", "yaml").expect(t, 1, "code: EI606", "kind: TestResult")
	s.run(t, "test", "--all-keys").expect(t, 1, "EI805", s.Infisical.Key+" arrived", "EMPTY arrived; it is empty in Infisical, too")

	face := newTwoFaced(t, s)
	own := []string{"--store", "two-faced", "--ca-configmap", "two-faced-ca"}
	s.mustRun(t, "apply-ca", "--host", face.url, "--ca-file", face.caFile, "--ca-configmap", "two-faced-ca")
	s.mustRun(t, append([]string{"apply-store", "--host", face.url, "--project", s.Infisical.ProjectSlug}, own...)...)
	defer func() { _ = stores(t, s).Delete(context.Background(), "two-faced", metav1.DeleteOptions{}) }()
	key := []string{"test", "--store", "two-faced", "--key", s.Infisical.Key}
	s.run(t, key...).expect(t, 0, "keyed hashes are equal")
	face.show(func(body []byte) []byte {
		return bytes.ReplaceAll(body, []byte(`"secretValue":"`), []byte(`"secretValue":"x`))
	})
	s.run(t, key...).expect(t, 1, "EI808", s.Infisical.Key)
	s.run(t, "test", "--store", "two-faced", "--all-keys", "-o", "json").expect(t, 1, `"outcome": "different"`, `"code": "EI808"`)
	face.show(func(body []byte) []byte {
		return bytes.ReplaceAll(body, []byte(`"secretValueHidden":false`), []byte(`"secretValueHidden":true`))
	})
	s.run(t, key...).expect(t, 1, "EI805")
	face.alter.Store(nil)
	s.run(t, key...).expect(t, 3, "could not be compared", "--via service/")
	s.run(t, append(key, "--verify=none")...).expect(t, 0, "not to be compared")
	s.run(t, append(key, "--verify=none", "-o", "json")...).expect(t, 0, `"compared": false`, `"outcome": "not compared"`)
	face.show(func(body []byte) []byte { return body })
	t.Run("Ctrl-C leaves nothing", func(t *testing.T) { interruptedTest(t, s, face) })
}

// interruptedTest keeps ESO waiting for Infisical, so that the run is sure to be interrupted in the middle.
func interruptedTest(t *testing.T, s *sandbox, face *twoFaced) {
	s.mustRun(t, "cleanup")
	hold := make(chan struct{})
	face.hold.Store(&hold)
	interrupt(t, s, []string{"test", "--store", "two-faced", "--key", s.Infisical.Key, "--timeout", "2m"}, "waiting for ESO to write")
	close(hold)
	face.hold.Store(nil)
	s.run(t, "cleanup").expect(t, 0)
	gone(t, s.client(t), "externalsecrets", "eso-test", "test-dashscope-api-key")
	gone(t, s.client(t), "namespaces", "", "eso-test")
}

// cleanups keep what others have, and say what a namespace hangs on.
func cleanups(t *testing.T, s *sandbox) {
	client := s.client(t)
	s.mustRun(t, "cleanup")
	s.run(t, "test", "--keep", "--key", s.Infisical.Key).expect(t, 0, "keyed hashes are equal")
	if _, err := client.Resource(resources["externalsecrets"]).Namespace("eso-test").Get(t.Context(), "test-dashscope-api-key", metav1.GetOptions{}); err != nil {
		t.Errorf("--keep has not kept it: %v", err)
	}
	create(t, s.client(t), "networkpolicies", "eso-test", `{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "theirs"}, "spec": {"podSelector": {}}}`)
	s.run(t, "cleanup").expect(t, 0, "namespace/eso-test unchanged", "networkpolicies.networking.k8s.io/theirs")
	gone(t, client, "externalsecrets", "eso-test", "test-dashscope-api-key")
	if err := client.Resource(resources["networkpolicies"]).Namespace("eso-test").Delete(t.Context(), "theirs", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	create(t, s.client(t), "configmaps", "eso-test", `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example.com/hold"]}}`)
	if err := client.Resource(resources["namespaces"]).Delete(t.Context(), "eso-test", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	awaitDeletion(t, s)
	s.run(t, "cleanup", "--timeout", "4s").expect(t, 124, "hangs in Terminating", "configmaps/held waits for finalizer example.com/hold")
	s.run(t, "cleanup", "--timeout", "4s", "-o", "json").expect(t, 124, `"code": "EI910"`)
	s.run(t, "cleanup", "--wait=false").expect(t, 0, "unchanged: it is being deleted already")
	patch(t, client.Resource(resources["configmaps"]).Namespace("eso-test"), "held", `{"metadata": {"finalizers": null}}`)
	s.run(t, "cleanup").expect(t, 0, "namespace/eso-test deleted: it was being deleted already, and is gone")
	s.run(t, "cleanup", "-o", "yaml").expect(t, 0, "kind: CleanupResult", "outcome: unchanged")
	create(t, s.client(t), "namespaces", "", `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "others", "labels": {"eso-infisical.dev/purpose": "test", "app.kubernetes.io/managed-by": "kubectl-eso-infisical"}}}`)
	s.run(t, "cleanup", "--test-namespace", "others").expect(t, 0, "not made for tests")
}

// awaitDeletion waits until Kubernetes has marked what is in the namespace as going.
func awaitDeletion(t *testing.T, s *sandbox) {
	t.Helper()
	await(t, "the ConfigMap is being deleted", func() bool {
		held, err := s.client(t).Resource(resources["configmaps"]).Namespace("eso-test").Get(t.Context(), "held", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return held.GetDeletionTimestamp() != nil
	})
}
