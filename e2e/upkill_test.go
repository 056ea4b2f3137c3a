//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The environment variables that make a test choose the same points again, or other numbers of them.
const (
	seedVariable  = "ESO_INFISICAL_E2E_SEED"
	killsVariable = "ESO_INFISICAL_E2E_KILLS"
)

// TestUpSurvivesKills kills up at random requests that change something, each time on a cluster that is empty, half of the time again while it goes on.
// The next run completes it, and nothing of the test stays.
func TestUpSurvivesKills(t *testing.T) {
	t.Parallel()
	seed, kills := number(t, seedVariable, int(time.Now().UnixNano()%1e9)), number(t, killsVariable, upKills)
	t.Logf("%s=%d chooses these points again", seedVariable, seed)
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	s := start(t, "upkill")
	i := intercept(t, s)
	i.counts = changesSomething
	args := i.up(s)
	if _, killed := i.killAt(t, s, 1<<30, before, args...); killed {
		t.Fatal("killed at a request that there cannot be")
	}
	total := i.seen
	t.Logf("up changes the cluster and logs in by %d requests", total)
	if total < 30 {
		t.Fatalf("only %d requests change something, so that something is not intercepted", total)
	}
	for point := range kills {
		// One in each of so many equal parts of the run, so that its end is met, too.
		k := point*total/kills + 1 + random.IntN(max(total/kills, 1))
		when, again := moment(random.IntN(2)), random.IntN(2) == 1
		t.Run(fmt.Sprintf("%s request %d, again %t", when, k, again), func(t *testing.T) {
			wipe(t, s.client(t))
			s.killedUp(t, i, k, when)
			if again {
				s.killedUp(t, i, 1+random.IntN(max(total-k, 1)), moment(random.IntN(2)))
			}
			s.upConverges(t, args)
		})
		if t.Failed() {
			return
		}
	}
}

// up is the whole runbook's command line, with Infisical behind the interceptor.
func (i *interceptor) up(s *sandbox) []string {
	args := s.up()
	for n, arg := range args {
		switch arg {
		case "--host":
			args[n+1] = i.infisicalURL
		case "--ca-file":
			args[n+1] = i.caFile
		}
	}
	return args
}

// changesSomething is true of requests that do more than ask, and of logins. That a run is still alive it says so often that this would shift the points.
func changesSomething(r *http.Request) bool {
	beat := r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/leases/")
	return !beat && !slices.Contains(reviews, path.Base(r.URL.Path)) && r.URL.Query().Get("dryRun") == ""
}

// killedUp kills a run, which may end before it comes to the request.
func (s *sandbox) killedUp(t *testing.T, i *interceptor, n int, when moment) {
	t.Helper()
	request, killed := i.killAt(t, s, n, when, i.up(s)...)
	t.Logf("killed %t, %s request %d, %s", killed, when, n, request)
}

// upConverges runs up, sees all well and nothing left, and the next run find nothing to do.
func (s *sandbox) upConverges(t *testing.T, args []string) {
	t.Helper()
	s.mustRun(t, args...)
	eventually(t, s, 0, "0 failed")
	s.nothingOfRuns(t)
	from := len(s.audited(t, ownAgent, 0))
	s.run(t, args...).expect(t, 0, "nothing to do")
	s.nothingChanged(t, from)
}

// nothingOfRuns waits until the namespace of the tests has gone, which up does not wait for, and looks for what else runs may leave.
func (s *sandbox) nothingOfRuns(t *testing.T) {
	t.Helper()
	s.waitUntil(t, "namespace eso-test is gone", func() bool {
		_, err := s.client(t).Resource(resources["namespaces"]).Get(t.Context(), "eso-test", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
	if left := s.names(t, resources["externalsecrets"]); len(left) > 0 {
		t.Errorf("ExternalSecrets are left: %v", left)
	}
	gone(t, s.client(t), "leases", "external-secrets", "eso-infisical-up")
}

// nothingChanged fails for each request of the plugin that has changed something, from the given one on.
func (s *sandbox) nothingChanged(t *testing.T, from int) {
	t.Helper()
	for _, request := range s.audited(t, ownAgent, from) {
		if request.changes() {
			t.Errorf("sent %s", request)
		}
	}
}

// number is the value of an environment variable, or another.
func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}
