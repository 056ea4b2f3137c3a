package cmd

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// apiServer is one that knows every user and allows nothing. It notes what was asked.
type apiServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string
	agents   map[string]bool
}

func forbiddingServer(t *testing.T) *apiServer {
	t.Helper()
	s := &apiServer{agents: map[string]bool{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		request := r.Method + " " + r.URL.Path
		if r.URL.Query().Get("dryRun") == "All" {
			request = "dry run of " + request
		}
		s.requests, s.agents[r.UserAgent()] = append(s.requests, request), true
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
			Reason: metav1.StatusReasonForbidden, Code: http.StatusForbidden, Message: fmt.Sprintf("%s is forbidden: no", r.URL.Path)})
	}))
	t.Cleanup(s.Close)
	return s
}

func TestWithoutAnyRight(t *testing.T) {
	for _, args := range [][]string{{"install"}, {"up", "--key", "K"}, {"apply-store"}, {"test", "--key", "K"}, {"cleanup"}, {"upgrade", "--yes"},
		{"bootstrap", "--client-id", "3e5d1c7a-0b1f-4c22-9d6f-2f0c5a7e9b10", "--client-secret-stdin"}} {
		t.Run(args[0], func(t *testing.T) {
			s := forbiddingServer(t)
			r := start(t, "a-secret", append(args, "--server", s.URL)...)
			if r.code != 3 || !strings.Contains(r.errOut, "error: not allowed: ") || !strings.Contains(r.errOut, "fix:") {
				t.Errorf("exit code %d, %q", r.code, r.errOut)
			}
			for _, request := range s.requests {
				if !strings.HasPrefix(request, "GET ") {
					t.Errorf("a change was tried: %s", request)
				}
			}
			for agent := range s.agents {
				if !strings.HasPrefix(agent, "kubectl-eso-infisical/v1.2.3 ") {
					t.Errorf("user agent %q", agent)
				}
			}
		})
	}
}

func TestDoctorWithoutAnyRightKnowsNothing(t *testing.T) {
	r := start(t, "", "doctor", "--server", forbiddingServer(t).URL)
	if r.code != 3 || strings.Contains(r.out, "PASS") || strings.Contains(r.out, "FAIL") || !strings.Contains(r.out, "UNKNOWN EI102") {
		t.Errorf("exit code %d, %q, %q", r.code, r.out, r.errOut)
	}
}

func TestDoctorEndsWithItsTimeoutInAClusterThatHangs(t *testing.T) {
	done := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(func() { close(done); s.Close() })
	r := start(t, "", "doctor", "--timeout", "500ms", "--server", s.URL)
	// Whose time is up first, that of the one look or that of the run, is for the machine to say.
	told := strings.Contains(r.out, "no answer within ") || strings.Contains(r.out, "time is up for the whole run")
	if r.code != 3 || strings.Contains(r.out, "PASS") || !strings.Contains(r.out, "UNKNOWN EI102") || !told {
		t.Errorf("exit code %d, %q, %q", r.code, r.out, r.errOut)
	}
}

func TestUnreachableCluster(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	for _, args := range [][]string{{"install"}, {"up", "--key", "K"}, {"apply-store"}, {"cleanup"}, {"upgrade"}} {
		r := start(t, "", append(args, "--server", s.URL)...)
		if r.code != 3 || !strings.Contains(r.errOut, "error: the cluster cannot be reached") {
			t.Errorf("%v: exit code %d, %q", args, r.code, r.errOut)
		}
	}
	if r := start(t, "", "doctor", "--server", s.URL); r.code != 3 || !strings.Contains(r.out, "UNKNOWN EI102") || strings.Contains(r.out, "PASS") {
		t.Errorf("doctor: exit code %d, %q", r.code, r.out)
	}
}
