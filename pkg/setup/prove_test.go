package setup

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/proof"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// server is an Infisical that holds KEY with the canary's value. It counts logins, and tokens that are alive.
type server struct {
	*httptest.Server
	logins, alive atomic.Int32
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	answer := func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/auth/universal-auth/login", func(w http.ResponseWriter, _ *http.Request) {
		s.logins.Add(1)
		s.alive.Add(1)
		answer(w, `{"accessToken": "token"}`)
	})
	mux.HandleFunc("POST /api/v1/auth/token/revoke", func(w http.ResponseWriter, _ *http.Request) {
		s.alive.Add(-1)
		answer(w, "{}")
	})
	mux.HandleFunc("GET /api/v3/secrets/raw", func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("secretPath") != "/app" || q.Get("environment") != "staging" || q.Get("workspaceSlug") != "p" {
			t.Errorf("asked for %s", r.URL.RawQuery)
		}
		answer(w, fmt.Sprintf(`{"secrets": [{"secretKey": "KEY", "secretValue": %q}]}`, canary))
	})
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return s
}

// withServer is a cluster whose store leads to the server, and an ESO that writes value for whatever it is asked.
func withServer(t *testing.T, s *server, value string) *cluster {
	t.Helper()
	st := store("p")
	st.Host, st.CA = s.URL, defaultCA
	ca := configMap(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	synced := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "eso-test", Name: "test-key",
		Labels: map[string]string{"reconcile.external-secrets.io/managed": "true"}}, Data: map[string][]byte{"api-key": []byte(value)}}
	c := newCluster(st.Object(), pairSecret(map[string]string{"clientId": "id", "clientSecret": "s"}), ca, synced)
	c.Desired.Store, c.Desired.Key = st.Name, "KEY"
	c.typed.Fake.PrependReactor("get", "secrets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		// ESO's Secret comes with the ExternalSecret.
		_, err := c.dynamic.Tracker().Get(eso.ExternalSecrets, "eso-test", "test-key")
		mine := action.(clienttesting.GetAction).GetName() == "test-key"
		if mine && err != nil {
			return true, nil, apierrors.NewNotFound(corev1.Resource("secrets"), "test-key")
		}
		return false, nil, nil
	})
	c.dynamic.PrependReactor("list", "externalsecrets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		held, err := c.dynamic.Tracker().Get(eso.ExternalSecrets, "eso-test", "test-key")
		if err != nil {
			return false, nil, nil
		}
		ready := clustertest.Ready(held.(*unstructured.Unstructured).DeepCopy(), "True")
		return false, nil, c.dynamic.Tracker().Update(eso.ExternalSecrets, ready, "eso-test")
	})
	return c
}

// testOf is a test of the key.
func testOf(key string) Test { return Test{Keys: []string{key}, Timeout: time.Minute} }

func TestProofReadsFromInfisicalOnce(t *testing.T) {
	s := newServer(t)
	c := withServer(t, s, canary)
	c.Desired.Verify = verify.Local
	report, err := c.Test(t.Context(), testOf("KEY"))
	if err != nil || report.Uncompared != nil || report.Keys[0].Outcome != proof.Equal {
		t.Fatalf("got %+v, %v", report, err)
	}
	if s.logins.Load() != 1 || s.alive.Load() != 0 {
		t.Errorf("%d logins, %d tokens left alive", s.logins.Load(), s.alive.Load())
	}
	if shown := report.Keys[0].Sentence() + strings.Join(c.progress, ""); strings.Contains(shown, canary) {
		t.Errorf("the value is shown: %s", shown)
	}
}

func TestProofOfAnotherValue(t *testing.T) {
	c := withServer(t, newServer(t), "another value")
	c.Desired.Verify = verify.Local
	if _, err := c.Test(t.Context(), testOf("KEY")); codeOf(err) != "EI808" || strings.Contains(err.Error(), "another value") {
		t.Errorf("error = %v", err)
	}
}

func TestProofWithoutALogin(t *testing.T) {
	s := newServer(t)
	for _, mode := range []verify.Mode{verify.None, verify.Cluster} {
		c := withServer(t, s, canary)
		c.Desired.Verify = mode
		report, err := c.Test(t.Context(), testOf("KEY"))
		if err != nil || report.Asked() || report.Keys[0].Outcome != proof.Uncompared || s.logins.Load() != 0 {
			t.Errorf("%s: %+v, %v after %d logins", mode, report, err, s.logins.Load())
		}
	}
}

func TestProofOfAStoreThatCannotBeFollowed(t *testing.T) {
	s := newServer(t)
	c := withServer(t, s, canary)
	st, err := c.currentStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	st.Unread = "its CA certificate is elsewhere"
	var unsure *verify.UnsureError
	if _, err := c.follow(t.Context(), st); !errors.As(err, &unsure) || !strings.Contains(err.Error(), st.Unread) || s.logins.Load() != 0 {
		t.Errorf("error = %v after %d logins", err, s.logins.Load())
	}
}

func TestProofWithoutTheServersCA(t *testing.T) {
	s := newServer(t)
	st := store("p")
	st.Host = s.URL
	c := newCluster(st.Object(), pairSecret(map[string]string{"clientId": "id", "clientSecret": "s"}))
	if _, err := c.follow(t.Context(), st); err == nil || verify.Decides(err) || s.logins.Load() != 0 {
		t.Errorf("error = %v after %d logins", err, s.logins.Load())
	}
}

func TestWhatIsProvedIsNotProvedAgain(t *testing.T) {
	c := withValidStore(t, "True")
	c.Desired.Key = "KEY"
	if _, err := c.Bootstrap(t.Context(), infisical.UniversalAuth{ClientID: "id", ClientSecret: "s"}); err != nil {
		t.Fatal(err)
	}
	if already, err := c.AlreadyProved(t.Context()); already || err != nil {
		t.Fatalf("proved before the first proof: %t, %v", already, err)
	}
	if err := c.RecordProof(t.Context()); err != nil {
		t.Fatal(err)
	}
	result, proved, err := c.ProveKey(t.Context())
	if err != nil || proved || result.Outcome != kube.Unchanged {
		t.Errorf("got %+v, %t, %v", result, proved, err)
	}
	ca, _ := certificate(t, 24)
	file, err := ReadCA("ca.crt", []byte(ca), "")
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func() error{
		"another CA": func() error {
			held, err := c.dynamic.Resource(eso.ClusterSecretStores).Get(t.Context(), "infisical-p", metav1.GetOptions{})
			if err != nil {
				return err
			}
			referring := store("p")
			referring.CA = c.Desired.Authority()
			held.Object["spec"] = referring.Object().Object["spec"]
			_, err = c.ApplyCA(t.Context(), CAOrder{Given: &file, LeaveStores: true})
			return errors.Join(err, c.dynamic.Tracker().Update(eso.ClusterSecretStores, held, ""))
		},
		"another key": func() error { c.Desired.Key = "OTHER"; return nil },
		"another credential": func() error {
			_, err := c.Bootstrap(t.Context(), infisical.UniversalAuth{ClientID: "id", ClientSecret: "new"})
			return err
		},
	}
	for name, change := range changes {
		if err := errors.Join(c.RecordProof(t.Context()), change()); err != nil {
			t.Fatal(err)
		}
		if already, err := c.AlreadyProved(t.Context()); already || err != nil {
			t.Errorf("%s: still taken as proved, %v", name, err)
		}
	}
}

func TestWhatCannotBeReadIsNeverTakenAsProved(t *testing.T) {
	c := withValidStore(t, "True")
	c.Desired.Key = "KEY"
	clustertest.Refuse(&c.dynamic.Fake, "get", "secrets", clustertest.Forbidden("secrets"))
	if err := c.RecordProof(t.Context()); err != nil {
		t.Fatal(err)
	}
	if already, err := c.AlreadyProved(t.Context()); already || err != nil {
		t.Errorf("taken as proved: %t, %v", already, err)
	}
}
