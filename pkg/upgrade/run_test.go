package upgrade

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// testTimeout is longer than any test takes.
const testTimeout = time.Minute

func (c *cluster) upgrade(t *testing.T, r Request) (*Result, error) {
	t.Helper()
	plan, err := c.Plan(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return c.Apply(t.Context(), plan)
}

func TestUpgradeProvesWhatItHasDone(t *testing.T) {
	c := newCluster(t)
	c.releases.history[0].Values = map[string]any{"replicaCount": 2}
	r := request(t, "2.0.0")
	r.Values, r.BackupFile = map[string]any{"log": map[string]any{"level": "debug"}}, filepath.Join(t.TempDir(), "backup.yaml")
	got, err := c.upgrade(t, r)
	if err != nil {
		t.Fatal(err)
	}
	if got.Outcome != Upgraded || got.Revision != 2 || got.From != "1.0.0" || got.To != "2.0.0" || got.BackedUp != 2 || got.Marked != 3 || !c.kept(t) {
		t.Errorf("result %+v", got)
	}
	if len(got.Stores) != 1 || !got.Stores[0].Ready || !got.Stores[0].Synced || got.Stores[0].ExternalSecret != "apps/a" {
		t.Errorf("proofs %+v", got.Stores)
	}
	want := map[string]any{"replicaCount": 2, "log": map[string]any{"level": "debug"},
		"crds": map[string]any{"annotations": map[string]any{"helm.sh/resource-policy": "keep"}}}
	if diff := cmp.Diff(want, c.releases.values); diff != "" {
		t.Error(diff)
	}
	if j := c.journalLeft(t); j != nil {
		t.Errorf("a journal is left: %+v", j)
	}
	if again, err := c.upgrade(t, request(t, "2.0.0")); err != nil || again.Outcome == RolledBack {
		t.Errorf("again: %+v, %v", again, err)
	}
}

func TestNothingToDo(t *testing.T) {
	c := newCluster(t)
	c.releases.history[0].Values = keepDefinitions
	got, err := c.upgrade(t, request(t, "1.0.0"))
	if err != nil || got.Outcome != Unchanged || c.releases.calls != nil {
		t.Errorf("%+v, %v, calls %q", got, err, c.releases.calls)
	}
	for _, action := range c.dynamic.Actions() {
		if verb := action.GetVerb(); verb != "get" && verb != "list" && verb != "watch" {
			t.Errorf("%s %s", verb, action.GetResource().Resource)
		}
	}
}

func TestWithoutAReleaseInstallIsTheWay(t *testing.T) {
	c := newCluster(t)
	for _, history := range [][]helm.Release{nil, {revision(1, helm.Absent, "1.0.0", true)}} {
		c.releases.history = history
		if _, err := c.Plan(t.Context(), request(t, "2.0.0")); codeOf(err) != "EI280" || !strings.Contains(err.Error(), "external-secrets") {
			t.Errorf("error %v", err)
		}
	}
}

func TestAFailedProofRollsBack(t *testing.T) { synctest.Test(t, aFailedProofRollsBack) }

func aFailedProofRollsBack(t *testing.T) {
	c := newCluster(t)
	c.releases.onUpgrade = func() { c.ready, c.reason, c.message = "False", "InvalidProviderConfig", "an answer nobody knows" }
	plan, err := c.Plan(t.Context(), request(t, "2.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	c.releases.rollsBackTo(c)
	got, err := c.Apply(t.Context(), plan)
	if codeOf(err) != "EI284" || !strings.Contains(err.Error(), "an answer nobody knows") || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if got.Outcome != RolledBack || got.Rollback == nil || got.Rollback.To != 1 || got.Revision != 3 || !got.Rollback.Stores[0].Synced || got.Stores[0].Problem == "" {
		t.Errorf("result %+v", got)
	}
	if diff := cmp.Diff([]string{"upgrade", "rollback 1"}, c.releases.calls); diff != "" || c.journalLeft(t) != nil {
		t.Errorf("%s, journal %+v", diff, c.journalLeft(t))
	}
}

// rollsBackTo lets ESO find everything in order once the release is back.
func (r *releases) rollsBackTo(c *cluster) {
	r.onRollback = func() { c.ready, c.reason = "True", "Valid" }
}

func TestARefusedUpgradeChangesNothing(t *testing.T) {
	c := newCluster(t)
	c.releases.upgradeErr = errors.New("the API server says no")
	c.releases.onUpgrade = func() { c.releases.history = c.releases.history[:1]; c.releases.history[0].Status = helm.Deployed }
	got, err := c.upgrade(t, request(t, "2.0.0"))
	if err == nil || got.Outcome != Refused || got.Rollback != nil || c.journalLeft(t) != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAStoreThatHasGoneIsNoProof(t *testing.T) {
	c := newCluster(t)
	c.releases.onUpgrade = func() {
		if err := c.dynamic.Tracker().Delete(eso.ClusterSecretStores, "", "s"); err != nil {
			t.Error(err)
		}
	}
	got, err := c.upgrade(t, request(t, "2.0.0"))
	if codeOf(err) != "EI285" || got.Outcome != Incomplete || got.Stores[0].Ready || !strings.Contains(got.Stores[0].Problem, "nobody was seen to delete it") {
		t.Errorf("%+v, %v", got, err)
	}
	if j := c.journalLeft(t); j == nil || j.Step != stepRollBack || j.Good != 1 {
		t.Errorf("journal %+v", j)
	}
}

func TestAStoreThatSomebodyDeletesIsNotCounted(t *testing.T) {
	c := newCluster(t)
	c.releases.onUpgrade = func() {
		held, err := c.dynamic.Tracker().Get(eso.ClusterSecretStores, "", "s")
		if err != nil {
			t.Fatal(err)
		}
		now := metav1.Now()
		leaving := held.(*unstructured.Unstructured).DeepCopy()
		leaving.SetDeletionTimestamp(&now)
		if err := c.dynamic.Tracker().Update(eso.ClusterSecretStores, leaving, ""); err != nil {
			t.Error(err)
		}
	}
	got, err := c.upgrade(t, request(t, "2.0.0"))
	if err != nil || got.Outcome != Upgraded || got.Stores[0].Note != "somebody is deleting it" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWithoutRollbackTheRevisionStays(t *testing.T) {
	synctest.Test(t, withoutRollbackTheRevisionStays)
}

func withoutRollbackTheRevisionStays(t *testing.T) {
	c := newCluster(t)
	c.releases.onUpgrade = func() { c.ready, c.reason, c.message = "False", "InvalidProviderConfig", "an answer nobody knows" }
	r := request(t, "2.0.0")
	r.RollbackOnFailure = false
	got, err := c.upgrade(t, r)
	if err == nil || !strings.Contains(err.Error(), "--rollback-on-failure=false") || got.Outcome != Incomplete || got.Rollback != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if j := c.journalLeft(t); j == nil || j.Step != stepProve {
		t.Errorf("journal %+v", j)
	}
}

func TestSomebodyElsesRevisionIsNotRolledBack(t *testing.T) {
	synctest.Test(t, somebodyElsesRevisionIsNotRolledBack)
}

func somebodyElsesRevisionIsNotRolledBack(t *testing.T) {
	c := newCluster(t)
	c.releases.onUpgrade = func() {
		c.ready, c.reason, c.message = "False", "InvalidProviderConfig", "an answer nobody knows"
		c.releases.history = append(c.releases.history, revision(3, helm.Deployed, "3.0.0", false))
	}
	got, err := c.upgrade(t, request(t, "2.0.0"))
	if codeOf(err) != "EI285" || !strings.Contains(err.Error(), "somebody has deployed revision 3") || got.Rollback != nil || len(c.releases.calls) != 1 {
		t.Errorf("%+v, %v, calls %q", got, err, c.releases.calls)
	}
}

func TestAnUnwritableBackupStopsBeforeAnyChange(t *testing.T) {
	c := newCluster(t)
	name := filepath.Join(t.TempDir(), "backup.yaml")
	if err := os.WriteFile(name, []byte("an older backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := request(t, "2.0.0")
	r.BackupFile = name
	got, err := c.upgrade(t, r)
	if err == nil || !strings.Contains(err.Error(), "--backup-file") || got.Outcome != Refused || c.releases.calls != nil || c.kept(t) || c.journalLeft(t) != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "an older backup" {
		t.Errorf("the older backup is %q, %v", text, err)
	}
}

func TestAnObjectThatCannotBeRewrittenStopsBeforeHelm(t *testing.T) {
	c := newCluster(t)
	stored := definition(t)
	stored.Object["status"] = map[string]any{"storedVersions": []any{"v1beta1", "v1"}}
	if err := c.dynamic.Tracker().Update(crdsResource, stored, ""); err != nil {
		t.Fatal(err)
	}
	clustertest.Refuse(&c.dynamic.Fake, "update", "externalsecrets", apierrors.NewBadRequest("a webhook refuses it"))
	got, err := c.upgrade(t, request(t, "2.0.0"))
	if codeOf(err) != "EI288" || !strings.Contains(err.Error(), "apps/a") || got.Outcome != Refused || c.releases.calls != nil {
		t.Errorf("%+v, %v, calls %q", got, err, c.releases.calls)
	}
}
