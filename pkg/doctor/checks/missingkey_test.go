package checks

import (
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

func TestTheNearestKeyIsNamed(t *testing.T) {
	known := []string{"DASHSCOPE_API_KEY", "/team/DB_PASSWORD", "STRIPE"}
	for asked, want := range map[string]string{
		"dashscope_api_key": "DASHSCOPE_API_KEY", "DASHSCOPE-API-KEY": "DASHSCOPE_API_KEY", "DASHSCOPE_API_KEYS": "DASHSCOPE_API_KEY",
		"DB_PASSWORD": "/team/DB_PASSWORD", "/other/DB_PASSWORD": "/team/DB_PASSWORD", "SOMETHING_ELSE": "", "STRIPE": "",
	} {
		if got := nearestKey(asked, known); got != want {
			t.Errorf("%s: %q", asked, got)
		}
	}
}

func TestAMissingKeyIsToldWithWhatMayBeMeant(t *testing.T) {
	w := healthy(t)
	set(w.wishes[1], []any{map[string]any{"secretKey": "k", "remoteRef": map[string]any{"key": "DB_PASSWORD"}}}, "spec", "data")
	clustertest.Ready(w.wishes[0], "False")
	w.failures = map[string]eso.Told{"app/api": {Message: "error processing spec.data[0] (key: db_password), err: Secret does not exist"}}
	f, found := finding(examine(t, w), "EI807", cause.SecretUnknown)
	if !found || !strings.HasSuffix(f.Cause.Summary, "; 'DB_PASSWORD' is there") || !strings.Contains(f.Cause.Fix, "write 'DB_PASSWORD'") {
		t.Errorf("%+v", f.Cause)
	}
}

// A store that others use tells nothing of this one.
func TestOnlyTheSameStoreKnowsBetter(t *testing.T) {
	w := healthy(t)
	set(w.wishes[1], []any{map[string]any{"secretKey": "k", "remoteRef": map[string]any{"key": "DB_PASSWORD"}}}, "spec", "data")
	set(w.wishes[1], "another", "spec", "secretStoreRef", "name")
	clustertest.Ready(w.wishes[0], "False")
	w.failures = map[string]eso.Told{"app/api": {Message: "error processing spec.data[0] (key: db_password), err: Secret does not exist"}}
	if f, _ := finding(examine(t, w), "EI807", cause.SecretUnknown); strings.Contains(f.Cause.Summary, "is there") {
		t.Errorf("%+v", f.Cause)
	}
}
