//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestStatus looks at a cluster before there is anything, while all is well, and while things fail.
func TestStatus(t *testing.T) {
	t.Parallel()
	s := start(t, "status")
	t.Run("nothing is installed", func(t *testing.T) {
		s.run(t, "status").expect(t, 1, "there are no Deployments", "EI204", "failing: ")
		s.document(t, 1, "failing")
	})
	t.Run("no cluster", func(t *testing.T) {
		s.run(t, "status", "--server", "https://127.0.0.1:1").expect(t, 3, "the cluster cannot be reached")
	})
	s.mustRun(t, s.up()...)
	t.Run("all is well", func(t *testing.T) { statusWell(t, s) })
	t.Run("without rights", func(t *testing.T) { statusRefused(t, s) })
	t.Run("what fails is grouped by its cause", func(t *testing.T) { statusFailing(t, s) })
	t.Run("a watch in a pipe", func(t *testing.T) { statusWatch(t, s) })
	t.Run("a watch on a terminal", func(t *testing.T) { statusLive(t, s) })
	t.Run("a store that fails", func(t *testing.T) {
		s.control(t, "fault", "wrong-client-secret")
		s.statusSays(t, 1, "ClusterSecretStore infisical-archon-platform: ", "EI31")
		s.control(t, "heal")
		s.statusSays(t, 0, "all is well: 1 store")
	})
	t.Run("a webhook without pods", func(t *testing.T) {
		s.control(t, "fault", "webhook-down")
		s.statusSays(t, 1, "EI202", "EI221")
		s.control(t, "heal")
		s.statusSays(t, 0, "all is well: 1 store")
	})
}

// statusDocument is what the tests read of -o json.
type statusDocument struct {
	APIVersion, Kind, Verdict string
	ExternalSecrets           *struct{ Total, Ready, Failing int }
	Unknown                   []struct{ What, Why string }
	Stores                    []struct {
		Name, Ready string
		CA          struct{ Until time.Time }
		LastChecked time.Time
	}
}

// document reads the one JSON document of a run that ends with the code.
func (s *sandbox) document(t *testing.T, code int, verdict string, args ...string) statusDocument {
	t.Helper()
	r := s.run(t, append([]string{"status", "-o", "json"}, args...)...)
	r.expect(t, code)
	var d statusDocument
	decoder := json.NewDecoder(strings.NewReader(r.out))
	if err := decoder.Decode(&d); err != nil || decoder.More() {
		t.Fatalf("no single document: %v\n%v", err, r)
	}
	if d.APIVersion != "eso-infisical.dev/v1alpha1" || d.Kind != "Status" || d.Verdict != verdict {
		t.Errorf("%s %s, verdict %s, want %s", d.APIVersion, d.Kind, d.Verdict, verdict)
	}
	return d
}

func statusWell(t *testing.T, s *sandbox) {
	s.run(t, "status").expect(t, 0, "External Secrets Operator v", "release      external-secrets: deployed, revision 1",
		"external-secrets 1/1", "1 endpoint ready", s.Infisical.URL, "universal", "all is well: 1 store, 0 ExternalSecrets")
	d := s.document(t, 0, "well")
	if len(d.Stores) != 1 || d.Stores[0].Ready != "True" || d.Stores[0].CA.Until.Before(time.Now()) || d.Stores[0].LastChecked.IsZero() {
		t.Errorf("stores %+v", d.Stores)
	}
	s.run(t, "status", "-o", "wide").expect(t, 0, "ConfigMap external-secrets/infisical-ca")
	s.run(t, "status", "--store", "nobodys").expect(t, 1, "there is no store nobodys")
}

func statusRefused(t *testing.T, s *sandbox) {
	s.run(t, "status", "--as", "nobody").expect(t, 3, "not allowed: ", "externalsecrets", "--in NAMESPACE", "unknown: ")
	if d := s.document(t, 3, "unknown", "--as", "nobody"); d.ExternalSecrets != nil || d.Stores != nil || len(d.Unknown) < 5 {
		t.Errorf("%+v", d)
	}
}

// asks makes an ExternalSecret that asks the store of the kind for a key.
func (s *sandbox) asks(t *testing.T, name, kind, store, key string) {
	t.Helper()
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"secretStoreRef": map[string]any{"kind": kind, "name": store}, "refreshInterval": "1h0m0s",
			"data": []any{map[string]any{"secretKey": "value", "remoteRef": map[string]any{"key": key}}}},
	}}
	_, err := s.client(t).Resource(resources["externalsecrets"]).Namespace("default").Create(t.Context(), object, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.forget(t, name) })
}

func (s *sandbox) forget(t *testing.T, name string) {
	t.Helper()
	_ = s.client(t).Resource(resources["externalsecrets"]).Namespace("default").Delete(context.Background(), name, metav1.DeleteOptions{})
}

const storeName = "infisical-archon-platform"

func statusFailing(t *testing.T, s *sandbox) {
	s.asks(t, "good", "ClusterSecretStore", storeName, s.Infisical.Key)
	s.asks(t, "bad-1", "ClusterSecretStore", storeName, "NO_SUCH_KEY")
	s.asks(t, "bad-2", "ClusterSecretStore", storeName, "NO_OTHER_KEY")
	s.asks(t, "lost", "ClusterSecretStore", "nobodys", s.Infisical.Key)
	s.asks(t, "forgotten", "SecretStore", storeName, s.Infisical.Key)
	s.statusSays(t, 1, "EI606  2 ExternalSecrets of ClusterSecretStore "+storeName, "default/bad-1, default/bad-2",
		"EI802  1 ExternalSecret of ClusterSecretStore nobodys", "nobodys", "missing", "but a ClusterSecretStore of that name does", "4 of 5 ExternalSecrets failing")
	if d := s.document(t, 1, "failing"); d.ExternalSecrets == nil || d.ExternalSecrets.Total != 5 || d.ExternalSecrets.Ready != 1 {
		t.Errorf("%+v", d.ExternalSecrets)
	}
	s.run(t, "status", "--failing").expect(t, 1, "default/bad-2", "EI606", "default/lost")
	s.run(t, "status", "--in", "kube-system").expect(t, 0, "all is well: 1 store, 0 ExternalSecrets")
}

// statusSays looks until the status is as expected: ESO needs a moment to notice.
func (s *sandbox) statusSays(t *testing.T, code int, texts ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		r := s.run(t, "status")
		if r.code == code && containsAll(r.out, texts) {
			return
		}
		select {
		case <-ctx.Done():
			r.expect(t, code, texts...)
			t.Fatalf("status never said %q with exit code %d", texts, code)
		case <-ticker.C:
		}
	}
}

// transcript is what a run writes, for a test to wait for.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *transcript) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *transcript) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// await waits until the run has written the text.
func (w *transcript) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for !strings.Contains(w.String(), text) {
		select {
		case <-deadline:
			t.Fatalf("the run never wrote %q, but\n%s", text, w)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func statusWatch(t *testing.T, s *sandbox) {
	run := s.prepare(t.Context(), "status", "--watch", "--interval", "1s")
	var out transcript
	run.Stdout = &out
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	out.await(t, "all is well: 1 store, 0 ExternalSecrets")
	s.asks(t, "watched", "ClusterSecretStore", storeName, "NO_SUCH_KEY")
	out.await(t, "1 failing, 0 overdue, EI606 ×1 (before: ")
	s.forget(t, "watched")
	out.await(t, "verdict: well (before: failing)")
	if err := run.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	run.finish(t).expect(t, 130)
	if strings.Contains(out.String(), "\x1b") || strings.Count(out.String(), "STORE ") != 1 {
		t.Errorf("what is written off a terminal is not appended only:\n%s", &out)
	}
	s.searched(t, result{out: out.String()}, "status --watch")
}
