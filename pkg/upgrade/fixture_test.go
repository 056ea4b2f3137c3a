package upgrade

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	typedfake "k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// cluster is one with a release, a store that is ready and an ExternalSecret of it; an ESO of sorts answers when it is touched.
type cluster struct {
	*Upgrader
	dynamic  *fake.FakeDynamicClient
	releases *releases
	mu       sync.Mutex
	looks    int
	// verdict is what ESO finds next: its event's reason and message.
	ready, reason, message string
	// denied says what the user may not do; nil allows everything.
	denied func(authorizationv1.ResourceAttributes) bool
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	store := clustertest.Ready(eso.Store{Name: "s", Host: "https://i.example.com", Credentials: eso.Reference{Name: "c"}}.Object(), "True")
	es := clustertest.Ready(eso.ExternalSecret{Namespace: "apps", Name: "a", Store: eso.StoreKey{Name: "s"}, Key: "K", TargetKey: "k"}.Object(), "True")
	c := &cluster{ready: "True", reason: "Valid", message: "store validated",
		dynamic:  clustertest.Dynamic(append(definitions(t), store, es, clustertest.Available(t, "external-secrets"))...),
		releases: &releases{history: []helm.Release{revision(1, helm.Deployed, "1.0.0", false)}, before: definitions(t), after: definitions(t)}}
	c.releases.history[0].Deployments = []string{"external-secrets"}
	typed := typedfake.NewClientset()
	typed.PrependReactor("create", "selfsubjectaccessreviews", c.review)
	c.Upgrader = &Upgrader{Releases: c.releases, Dynamic: c.dynamic, Typed: typed, Holder: "the test", Progress: func(string) {},
		Metadata: func(resource schema.GroupVersionResource, namespace string) kube.Reader {
			return c.dynamic.Resource(resource).Namespace(namespace)
		}}
	c.dynamic.PrependReactor("patch", "clustersecretstores", c.judge)
	c.dynamic.PrependReactor("patch", "externalsecrets", c.sync)
	return c
}

// definition is that of ExternalSecrets, as the cluster and the chart have it.
func definition(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	return definitionOf(t, "externalsecrets", "ExternalSecret", "Namespaced")
}

func definitionOf(t *testing.T, plural, kind, scope string) *unstructured.Unstructured {
	t.Helper()
	obj := clustertest.Object(t, `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  labels: {app.kubernetes.io/managed-by: Helm}
  annotations: {meta.helm.sh/release-name: external-secrets, meta.helm.sh/release-namespace: external-secrets}
spec:
  group: external-secrets.io
  versions: [{name: v1, served: true, storage: true}]
status: {storedVersions: [v1]}`)
	obj.SetName(plural + ".external-secrets.io")
	spec := obj.Object["spec"].(map[string]any)
	spec["scope"], spec["names"] = scope, map[string]any{"plural": plural, "kind": kind}
	return obj
}

// definitions are ESO's.
func definitions(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	return []*unstructured.Unstructured{definition(t), definitionOf(t, "clustersecretstores", "ClusterSecretStore", "Cluster"),
		definitionOf(t, "secretstores", "SecretStore", "Namespaced")}
}

// review answers what the user may do.
func (c *cluster) review(action clienttesting.Action) (bool, runtime.Object, error) {
	review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy()
	review.Status.Allowed = c.denied == nil || !c.denied(*review.Spec.ResourceAttributes)
	return true, review, nil
}

// judge lets ESO look at the store that is touched.
func (c *cluster) judge(clienttesting.Action) (bool, runtime.Object, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	tracker := c.dynamic.Tracker()
	held, err := tracker.Get(eso.ClusterSecretStores, "", "s")
	if err != nil {
		return true, nil, err
	}
	store := clustertest.Ready(held.(*unstructured.Unstructured).DeepCopy(), c.ready)
	event := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Event", "reason": c.reason, "message": c.message,
		"metadata": map[string]any{"name": "verdict-" + strconv.Itoa(c.looks), "namespace": "default", "resourceVersion": strconv.Itoa(c.looks + 100)}}}
	c.looks++
	return false, nil, errors.Join(tracker.Update(eso.ClusterSecretStores, store, ""), tracker.Create(kube.EventsResource, event, "default"))
}

// sync lets ESO fetch the ExternalSecret that is touched.
func (c *cluster) sync(clienttesting.Action) (bool, runtime.Object, error) {
	tracker := c.dynamic.Tracker()
	held, err := tracker.Get(eso.ExternalSecrets, "apps", "a")
	if err != nil {
		return true, nil, err
	}
	es := held.(*unstructured.Unstructured).DeepCopy()
	c.looks++
	es.Object["status"].(map[string]any)["syncedResourceVersion"] = strconv.Itoa(c.looks)
	return true, es, tracker.Update(eso.ExternalSecrets, es, "apps")
}

// chart of a version, from a directory.
func chart(t *testing.T, version string) *helm.Chart {
	t.Helper()
	dir := t.TempDir()
	text := "apiVersion: v2\nname: external-secrets\nversion: " + version + "\nappVersion: v" + version + "\n"
	if err := os.WriteFile(filepath.Join(dir, "Chart.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := helm.Source{Chart: dir}.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func request(t *testing.T, version string) Request {
	t.Helper()
	loaded := chart(t, version)
	return Request{Namespace: "external-secrets", Release: "external-secrets", Load: func(context.Context) (*helm.Chart, error) { return loaded, nil },
		RollbackOnFailure: true, Timeout: testTimeout}
}

// releases is Helm with one release.
type releases struct {
	history []helm.Release
	// upgradeErr fails the upgrade after its revision was made; onUpgrade happens within it.
	upgradeErr error
	onUpgrade  func()
	onRollback func()
	calls      []string
	values     map[string]any
	before     []*unstructured.Unstructured
	after      []*unstructured.Unstructured
}

func (r *releases) History(string) ([]helm.Release, error) { return r.history, nil }

func (r *releases) Manifest(string, int) ([]*unstructured.Unstructured, error) { return r.before, nil }

func (r *releases) Preview(context.Context, helm.Operation) ([]*unstructured.Unstructured, error) {
	return r.after, nil
}

func (r *releases) Capabilities(context.Context) (helm.Capabilities, error) {
	return helm.Capabilities{Kubernetes: "v1.34.4"}, nil
}

func (r *releases) Objects(helm.Stored) ([]helm.Object, error) { return nil, nil }

func (r *releases) Upgrade(_ context.Context, op helm.Operation) (helm.Release, error) {
	r.calls, r.values = append(r.calls, "upgrade"), op.Values
	made := r.add(op.Chart.Version(), op.Values)
	if r.onUpgrade != nil {
		r.onUpgrade()
	}
	if r.upgradeErr != nil {
		r.history[len(r.history)-1].Status = helm.Failed
	}
	return made, r.upgradeErr
}

func (r *releases) Rollback(_ context.Context, _ string, to int) (helm.Release, error) {
	r.calls = append(r.calls, "rollback "+strconv.Itoa(to))
	if r.onRollback != nil {
		r.onRollback()
	}
	return r.add(r.history[to-1].ChartVersion, r.history[to-1].Values), nil
}

func (r *releases) add(version string, values map[string]any) helm.Release {
	for i := range r.history {
		if r.history[i].Status == helm.Deployed {
			r.history[i].Status = helm.Other
		}
	}
	made := revision(len(r.history)+1, helm.Deployed, version, true)
	made.Values, made.Deployments = values, []string{"external-secrets"}
	r.history = append(r.history, made)
	return made
}

var crdsResource = crds.Resource

// codeOf is the code of the error's cause, or "".
func codeOf(err error) string {
	var named *cause.Error
	if errors.As(err, &named) {
		return string(named.Cause.Code)
	}
	return ""
}

// journalLeft reads the journal in the cluster, or nil.
func (c *cluster) journalLeft(t *testing.T) *journal {
	t.Helper()
	j, _, err := c.readJournal(t.Context(), "external-secrets")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// kept reports whether every definition is marked to be kept.
func (c *cluster) kept(t *testing.T) bool {
	t.Helper()
	all, err := crds.InCluster(t.Context(), c.dynamic, c.dynamic.Resource(crds.Resource), eso.Suffix)
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	return !slices.ContainsFunc(all, func(d crds.Definition) bool { return !d.Kept })
}
