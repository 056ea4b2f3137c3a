package helm

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/release"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
)

// withValues is a release whose one revision has been given values.
func withValues(t *testing.T, values map[string]any) *Client {
	t.Helper()
	c := inMemory(t, release.StatusDeployed)
	first, err := c.config.Releases.Get("eso", 1)
	if err != nil {
		t.Fatal(err)
	}
	first.Config = values
	return c
}

func TestUpgradeKeepsValuesUnderThoseGiven(t *testing.T) {
	c := withValues(t, map[string]any{"own": "kept", "greeting": "before"})
	got, err := c.Upgrade(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "2.0.0")}, Values: map[string]any{"greeting": "after"}})
	if err != nil || got.Status != Deployed || got.Revision != 2 || got.ChartVersion != "2.0.0" || !got.Ours {
		t.Fatalf("got %+v, %v", got, err)
	}
	if diff := cmp.Diff(map[string]any{"own": "kept", "greeting": "after"}, got.Values); diff != "" {
		t.Error(diff)
	}
}

func TestUpgradeSeesItThroughWhenInterrupted(t *testing.T) {
	c := inMemory(t, release.StatusDeployed)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Upgrade(ctx, Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "2.0.0")}})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "upgrade Helm release eso") {
		t.Errorf("error %v", err)
	}
	if got, err := c.Get("eso"); err != nil || got.Status != Deployed || got.Revision != 2 {
		t.Errorf("the interrupted upgrade has left %+v, %v", got, err)
	}
}

func TestUpgradeGoesOverAPendingRevision(t *testing.T) {
	c := inMemory(t, release.StatusDeployed, release.StatusPendingUpgrade)
	got, err := c.Upgrade(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "2.0.0")}})
	if err != nil || got.Revision != 3 || got.Status != Deployed {
		t.Errorf("got %+v, %v", got, err)
	}
	if pending, err := c.config.Releases.Get("eso", 2); err != nil || pending.Info.Status != release.StatusFailed {
		t.Errorf("the pending revision is %+v, %v", pending, err)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	c := inMemory(t, release.StatusDeployed)
	for range 8 {
		if _, err := c.Upgrade(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "2.0.0")}}); err != nil {
			t.Fatal(err)
		}
	}
	history, err := c.History("eso")
	if err != nil || len(history) != maxHistory || history[0].Revision != 5 || history[4].Revision != 9 || history[4].Status != Deployed {
		t.Errorf("%d revisions, %v", len(history), err)
	}
	if none, err := c.History("absent"); err != nil || none != nil {
		t.Errorf("absent: %+v, %v", none, err)
	}
}

func TestRollbackBringsValuesAndChartBack(t *testing.T) {
	c := withValues(t, map[string]any{"own": "kept"})
	if _, err := c.Upgrade(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "2.0.0")}, Values: map[string]any{"more": true}}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Rollback(t.Context(), "eso", 1)
	if err != nil || got.Revision != 3 || got.Status != Deployed || got.ChartVersion != "1.0.0" || !got.Ours {
		t.Fatalf("got %+v, %v", got, err)
	}
	if diff := cmp.Diff(map[string]any{"own": "kept"}, got.Values); diff != "" {
		t.Error(diff)
	}
	history, err := c.History("eso")
	if err != nil || len(history) != 3 || history[0].Ours || !history[1].Ours || !history[2].Ours {
		t.Errorf("whose revisions: %+v, %v", history, err)
	}
}

func TestRollbackFromAPendingRevision(t *testing.T) {
	c := inMemory(t, release.StatusSuperseded, release.StatusPendingUpgrade)
	if got, err := c.Rollback(t.Context(), "eso", 1); err != nil || got.Revision != 3 || got.Status != Deployed {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := c.config.Releases.Get("eso", 2); err != nil || got.Info.Status.IsPending() {
		t.Errorf("the pending revision is %+v, %v", got, err)
	}
}

func TestRollbackToWhatHelmHasDropped(t *testing.T) {
	if _, err := inMemory(t, release.StatusDeployed).Rollback(t.Context(), "eso", 7); err == nil || !strings.Contains(err.Error(), "revision 7") {
		t.Errorf("error %v", err)
	}
}

func TestManifestOfARevision(t *testing.T) {
	c := inMemory(t)
	if _, err := c.Install(t.Context(), Operation{Name: "eso", Chart: &Chart{exampleChart("eso", "1.0.0")}, Values: map[string]any{"greeting": "hi"}}); err != nil {
		t.Fatal(err)
	}
	objects, err := c.Manifest("eso", 1)
	if err != nil || len(objects) != 1 || objects[0].GetKind() != "ConfigMap" {
		t.Errorf("%+v, %v", objects, err)
	}
	if _, err := c.Manifest("eso", 2); err == nil || !strings.Contains(err.Error(), "revision 2") {
		t.Errorf("error %v", err)
	}
}

// secretList reads the metadata of Secrets.
type secretList []unstructured.Unstructured

func (l secretList) List(_ context.Context, options metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	if options.LabelSelector != "owner=helm,status=deployed" {
		return nil, errors.New("everything is listed: " + options.LabelSelector)
	}
	return &unstructured.UnstructuredList{Object: map[string]any{}, Items: l}, nil
}

func (secretList) Watch(context.Context, metav1.ListOptions) (watch.Interface, error) {
	return nil, errors.New("unexpected")
}

func TestAllDeployedTakesTheNewestOfEach(t *testing.T) {
	secret := func(namespace, release, version string) unstructured.Unstructured {
		var obj unstructured.Unstructured
		obj.SetNamespace(namespace)
		obj.SetName("sh.helm.release.v1." + release + ".v" + version)
		obj.SetLabels(map[string]string{"name": release, "version": version})
		return obj
	}
	got, err := AllDeployed(t.Context(), secretList{secret("b", "web", "9"), secret("b", "web", "10"), secret("a", "web", "2"), secret("a", "odd", "x")})
	want := []Stored{{"a", "web", "sh.helm.release.v1.web.v2"}, {"b", "web", "sh.helm.release.v1.web.v10"}}
	if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v, %v", got, err)
	}
}
