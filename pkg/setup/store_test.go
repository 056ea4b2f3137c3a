package setup

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// withStore is a cluster that holds the desired store of project p, judged as ready says.
func withStore(t *testing.T, ready string) *cluster {
	t.Helper()
	s := store("p")
	c := newCluster(clustertest.Ready(s.Object(), ready))
	c.Desired.Host, c.Desired.Project, c.Desired.Environment, c.Desired.Path, c.Desired.Store = s.Host, s.Project, s.Environment, s.Path, s.Name
	return c
}

// withValidStore is the same with an ESO that finds the store valid whenever it looks.
func withValidStore(t *testing.T, ready string) *cluster {
	t.Helper()
	c := withStore(t, ready)
	c.judgeWith(t, "True", "Valid", "store validated")
	return c
}

// judgeWith makes ESO report so on each change of the store. Its status moves when ESO is told to look without a change.
func (c *cluster) judgeWith(t *testing.T, ready, reason, message string) {
	t.Helper()
	event := clustertest.Object(t, `
apiVersion: v1
kind: Event
metadata: {name: verdict, namespace: default, resourceVersion: "99"}
lastTimestamp: "2026-01-01T00:00:00Z"`)
	event.Object["reason"], event.Object["message"] = reason, message
	c.dynamic.PrependReactor("patch", "clustersecretstores", func(action clienttesting.Action) (bool, runtime.Object, error) {
		tracker := c.dynamic.Tracker()
		if err := tracker.Create(kube.EventsResource, event, "default"); err != nil && !apierrors.IsAlreadyExists(err) {
			return true, nil, err
		}
		if action.(clienttesting.PatchActionImpl).PatchType != types.MergePatchType {
			return false, nil, nil
		}
		held, err := tracker.Get(eso.ClusterSecretStores, "", "infisical-p")
		if err != nil {
			return true, nil, err
		}
		judged := clustertest.Ready(held.(*unstructured.Unstructured).DeepCopy(), ready)
		return false, nil, tracker.Update(eso.ClusterSecretStores, judged, "")
	})
}

// touched reports whether ESO was told to look at the store without a change of it.
func (c *cluster) touched() bool {
	for _, action := range c.dynamic.Actions() {
		patch, ok := action.(clienttesting.PatchActionImpl)
		if ok && patch.PatchType == types.MergePatchType && strings.Contains(string(patch.Patch), "checked-at") {
			return true
		}
	}
	return false
}

func TestApplyStoreLeavesAReadyOneAlone(t *testing.T) {
	c := withValidStore(t, "True")
	result, err := c.ApplyStore(t.Context(), false)
	if err != nil || result.Outcome != kube.Unchanged || c.touched() {
		t.Errorf("got %+v, %v; touched: %t", result, err, c.touched())
	}
	if want := "ready, https://p.example.com project p environment staging path /app"; result.Detail != want {
		t.Errorf("detail %q", result.Detail)
	}
}

func TestApplyStoreChangesWhatDiffers(t *testing.T) {
	c := withValidStore(t, "True")
	c.Desired.Environment = "prod"
	result, err := c.ApplyStore(t.Context(), false)
	if err != nil || result.Outcome != kube.Changed || c.touched() {
		t.Errorf("got %+v, %v; touched: %t", result, err, c.touched())
	}
}

func TestApplyStoreMakesESOLookAtOneThatWasNotReady(t *testing.T) {
	c := withValidStore(t, "False")
	result, err := c.ApplyStore(t.Context(), false)
	if err != nil || result.Outcome != kube.Unchanged || !c.touched() {
		t.Errorf("got %+v, %v; touched: %t", result, err, c.touched())
	}
}

func TestApplyStoreNamesTheCause(t *testing.T) {
	c := withStore(t, "False")
	c.judgeWith(t, "False", "InvalidProviderConfig", `unable to log in: [status-code=401] [message="Invalid credentials"]`)
	if _, err := c.ApplyStore(t.Context(), true); codeOf(err) != "EI310" {
		t.Errorf("error = %v", err)
	}
}

func TestCurrentStore(t *testing.T) {
	c := newCluster(store("p").Object(), clustertest.Object(t,
		"{apiVersion: external-secrets.io/v1, kind: ClusterSecretStore, metadata: {name: v}, spec: {provider: {vault: {}}}}"))
	for name, want := range map[string]struct{ code, text string }{
		"infisical-p": {"", ""}, "absent": {"EI701", "does not exist"}, "v": {"", "not a store for Infisical"},
	} {
		c.Desired.Store = name
		got, err := c.currentStore(t.Context())
		if codeOf(err) != want.code || want.text == "" && (err != nil || got.Project != "p") ||
			want.text != "" && (err == nil || !strings.Contains(err.Error(), want.text)) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
