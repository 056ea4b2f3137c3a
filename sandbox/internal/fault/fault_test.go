package fault

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// rig is a cluster and a double that remember what was done to them.
type rig struct {
	*Injector
	cluster *fake.FakeDynamicClient
	orders  []string
	refuse  bool
}

func newRig(t *testing.T, objects ...runtime.Object) *rig {
	t.Helper()
	r := &rig{}
	r.cluster = fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		{Group: "external-secrets.io", Version: "v1", Resource: "clustersecretstores"}: "ClusterSecretStoreList",
		{Group: "apps", Version: "v1", Resource: "deployments"}:                        "DeploymentList",
		{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}:         "EndpointSliceList",
	}, objects...)
	r.cluster.PrependReactor("patch", "deployments", r.followReplicas)
	r.Injector = NewInjector(Target{
		Cluster:          r.cluster,
		ControlSocket:    r.double(t),
		InfisicalAnswers: func(context.Context) error { return nil },
		Record:           filepath.Join(t.TempDir(), "faults.json"),
	})
	return r
}

// double takes orders as the Infisical double does.
func (r *rig) double(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fault")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.orders = append(r.orders, q.Method+" "+q.URL.Path)
		if r.refuse {
			http.Error(w, "not today", http.StatusConflict)
		}
	}))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return socket
}

// followReplicas plays the controllers: the webhook has as many endpoints as it has replicas.
func (r *rig) followReplicas(action clienttesting.Action) (bool, runtime.Object, error) {
	patch := string(action.(clienttesting.PatchAction).GetPatch())
	endpoints := []any{}
	if !strings.Contains(patch, `"replicas":0`) {
		endpoints = append(endpoints, map[string]any{"conditions": map[string]any{"ready": true}})
	}
	resource := schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
	err := r.cluster.Tracker().Update(resource, slice(endpoints), webhookNamespace)
	return false, nil, err
}

func object(apiVersion, kind, namespace, name string, fields map[string]any) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: fields}
	o.SetAPIVersion(apiVersion)
	o.SetKind(kind)
	o.SetNamespace(namespace)
	o.SetName(name)
	return o
}

func store(name, provider, environment string) *unstructured.Unstructured {
	return object("external-secrets.io/v1", "ClusterSecretStore", "", name, map[string]any{"spec": map[string]any{"provider": map[string]any{
		provider: map[string]any{"secretsScope": map[string]any{"environmentSlug": environment, "projectSlug": "p"}},
	}}})
}

func slice(endpoints []any) *unstructured.Unstructured {
	o := object("discovery.k8s.io/v1", "EndpointSlice", webhookNamespace, "s", map[string]any{"endpoints": endpoints})
	o.SetLabels(map[string]string{"kubernetes.io/service-name": webhookName})
	return o
}

func webhook(replicas int64) []runtime.Object {
	return []runtime.Object{
		object("apps/v1", "Deployment", webhookNamespace, webhookName, map[string]any{"spec": map[string]any{"replicas": replicas}}),
		slice([]any{map[string]any{"conditions": map[string]any{"ready": true}}}),
	}
}

func (r *rig) get(t *testing.T, in dynamic.ResourceInterface, name string, path ...string) any {
	t.Helper()
	o, err := in.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	value, _, err := unstructured.NestedFieldNoCopy(o.Object, path...)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func (r *rig) environment(t *testing.T, name, provider string) any {
	t.Helper()
	return r.get(t, stores(r.cluster), name, "spec", "provider", provider, "secretsScope", "environmentSlug")
}

func (r *rig) active(t *testing.T) []string {
	t.Helper()
	names, err := Active(r.target.Record)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFaultsOfTheDouble(t *testing.T) {
	r := newRig(t, store("s", "infisical", "prod"))
	must(t, r.Apply(t.Context(), "infisical-down"))
	must(t, r.Apply(t.Context(), "wrong-ca"))
	if got, want := r.active(t), []string{"wrong-ca", "infisical-down"}; !slices.Equal(got, want) {
		t.Errorf("active: got %q, want %q", got, want)
	}
	if r.get(t, stores(r.cluster), "s", "metadata", "annotations", touchedAnnotation) == nil {
		t.Error("ESO has not been told to look at the store again")
	}
	healed, err := r.Heal(t.Context())
	must(t, err)
	if want := []string{"wrong-ca", "infisical-down"}; !slices.Equal(healed, want) {
		t.Errorf("healed: got %q, want %q", healed, want)
	}
	want := []string{"PUT /fault/down", "PUT /fault/wrong-ca", "DELETE /fault/wrong-ca", "DELETE /fault/down"}
	if !slices.Equal(r.orders, want) {
		t.Errorf("orders: got %q, want %q", r.orders, want)
	}
	if got := r.active(t); len(got) != 0 {
		t.Errorf("active after heal: %q", got)
	}
}

func TestRefusedFaultIsNotActive(t *testing.T) {
	r := newRig(t)
	r.refuse = true
	if err := r.Apply(t.Context(), "unknown-project"); err == nil || !strings.Contains(err.Error(), "not today") {
		t.Errorf("got %v, want the double's answer", err)
	}
	if got := r.active(t); len(got) != 0 {
		t.Errorf("active: %q", got)
	}
}

func TestEnvironmentIsRestored(t *testing.T) {
	r := newRig(t, store("one", "infisical", "prod"), store("two", "infisical", "dev"), store("other", "vault", "prod"))
	must(t, r.Apply(t.Context(), "environment-production"))
	must(t, r.Apply(t.Context(), "environment-production")) // again: what was there before must not be forgotten
	for name, want := range map[string]string{"one": "production", "two": "production"} {
		if got := r.environment(t, name, "infisical"); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	if got := r.environment(t, "other", "vault"); got != "prod" {
		t.Errorf("a store of another provider was changed to %v", got)
	}
	_, err := r.Heal(t.Context(), "environment-production")
	must(t, err)
	for name, want := range map[string]string{"one": "prod", "two": "dev"} {
		if got := r.environment(t, name, "infisical"); got != want {
			t.Errorf("%s after heal: got %v, want %v", name, got, want)
		}
	}
}

func TestEnvironmentNeedsAStore(t *testing.T) {
	r := newRig(t)
	if err := r.Apply(t.Context(), "environment-production"); err == nil {
		t.Error("the fault was applied to nothing")
	}
	if got := r.active(t); len(got) != 0 {
		t.Errorf("active: %q", got)
	}
}

func TestWebhookGoesAndComesBack(t *testing.T) {
	r := newRig(t, append(webhook(2), store("s", "infisical", "prod"))...)
	must(t, r.Apply(t.Context(), "webhook-down"))
	must(t, r.Apply(t.Context(), "webhook-down"))
	replicas := func() any { return r.get(t, deployments(r.cluster), webhookName, "spec", "replicas") }
	if got := replicas(); got != int64(0) {
		t.Errorf("replicas: got %v, want 0", got)
	}
	_, err := r.Heal(t.Context())
	must(t, err)
	if got := replicas(); got != int64(2) {
		t.Errorf("replicas after heal: got %v, want 2", got)
	}
}

func TestOtherFaultsWorkWhileTheWebhookRefuses(t *testing.T) {
	r := newRig(t, append(webhook(1), store("s", "infisical", "prod"))...)
	must(t, r.Apply(t.Context(), "webhook-down"))
	refusing := true
	r.cluster.PrependReactor("patch", "clustersecretstores", func(clienttesting.Action) (bool, runtime.Object, error) {
		return refusing, nil, errors.New("failed calling webhook")
	})
	must(t, r.Apply(t.Context(), "infisical-down"))
	_, err := r.Heal(t.Context(), "infisical-down")
	must(t, err)
	refusing = false
	_, err = r.Heal(t.Context())
	must(t, err)
}

func TestWebhookOfNoRelease(t *testing.T) {
	r := newRig(t)
	if err := r.Apply(t.Context(), "webhook-down"); err == nil || !strings.Contains(err.Error(), "install ESO") {
		t.Errorf("got %v, want an error that says what is missing", err)
	}
}

func TestUnknownNames(t *testing.T) {
	r := newRig(t)
	if err := r.Apply(t.Context(), "nope"); err == nil || !strings.Contains(err.Error(), "--list") {
		t.Errorf("apply: got %v", err)
	}
	if _, err := r.Heal(t.Context(), "nope"); err == nil {
		t.Error("heal: an unknown fault was healed")
	}
	if healed, err := r.Heal(t.Context()); err != nil || len(healed) != 0 {
		t.Errorf("heal of nothing: got %q, %v", healed, err)
	}
}
