//go:build e2e && linux

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// TestMendSurvivesKills kills doctor --fix at each of its requests that change something. What it has not mended it finds again, and the next run
// mends it.
func TestMendSurvivesKills(t *testing.T) {
	t.Parallel()
	s := start(t, "mendkill")
	s.mustRun(t, s.up()...)
	i := intercept(t, s)
	i.counts = changesSomething
	for _, tt := range []struct {
		code   string
		damage func(t *testing.T)
	}{
		{code: "EI550", damage: func(t *testing.T) {
			s.patchStore(t, fmt.Sprintf(`{"spec":{"provider":{"infisical":{"hostAPI":%q}}}}`, s.Infisical.URL+"/api/"))
		}},
		{code: "EI604", damage: func(t *testing.T) {
			s.patchStore(t, `{"spec":{"provider":{"infisical":{"secretsScope":{"environmentSlug":"production"}}}}}`)
		}},
		{code: "EI901", damage: s.leakCredentials},
		{code: "EI904", damage: func(t *testing.T) { s.mustRun(t, "test", "--keep", "--key", s.Infisical.Key) }},
		{code: "EI202", damage: func(t *testing.T) { s.scale(t, "external-secrets-webhook", 0) }},
		{code: "EI203", damage: func(t *testing.T) { s.pendingUpgrade(t, s.lastRevision(t), time.Now().Add(-time.Hour)) }},
	} {
		t.Run(tt.code, func(t *testing.T) { s.mendKilled(t, i, tt.code, tt.damage) })
		if t.Failed() {
			return
		}
	}
}

// mendKilled does the damage and kills the repair, before each of its requests and after it.
func (s *sandbox) mendKilled(t *testing.T, i *interceptor, code string, damage func(t *testing.T)) {
	t.Helper()
	fix := []string{"doctor", "--fix=" + code, "--yes"}
	for n := 1; ; n++ {
		for _, when := range []moment{before, after} {
			damage(t)
			s.named(t, code)
			request, killed := i.killAt(t, s, n, when, fix...)
			if !killed && n == 1 {
				t.Fatalf("no request of the repair of %s changes anything", code)
			}
			if killed {
				t.Logf("killed %s request %d, %s", when, n, request)
				s.mustRun(t, fix...)
			}
			eventually(t, s, 0, "0 failed")
			s.run(t, fix...).expect(t, 0, code+"  was not found")
			if t.Failed() || !killed {
				return
			}
		}
	}
}

// named waits until the doctor names the code, be it a failure or a warning.
func (s *sandbox) named(t *testing.T, code string) {
	t.Helper()
	s.waitUntil(t, "the doctor names "+code, func() bool { return strings.Contains(s.run(t, "doctor").out, code) })
}

// leakCredentials puts an annotation on the Secret, as kubectl apply leaves it.
func (s *sandbox) leakCredentials(t *testing.T) {
	t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, lastApplied, `{"data":{"clientSecret":"leaked"}}`)
	_, err := s.client(t).Resource(resources["secrets"]).Namespace("external-secrets").Patch(t.Context(), "infisical-eso-creds", types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
}
