//go:build e2e

package e2e

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// apps is the namespace of the ExternalSecrets that live through an upgrade.
const apps = "apps"

// installOlder installs the older chart, with a store that is ready and n ExternalSecrets that are synced. That chart's definitions know
// no CA, so that ESO trusts the double by a variable.
func (s *sandbox) installOlder(t *testing.T, n int) {
	t.Helper()
	s.mustRun(t, "install", "--repo", s.ChartRepo, "--version", s.OlderChartVersion,
		"--set", "extraEnv[0].name=SSL_CERT_FILE", "--set", "extraEnv[0].value="+s.Infisical.CAFile)
	s.mustRun(t, s.bootstrap("--verify=none")...)
	s.create(t, "clustersecretstores", "", eso.Store{Name: "infisical", Host: s.Infisical.URL, Project: s.Infisical.ProjectSlug,
		Environment: s.Infisical.Environment, Path: "/", Credentials: eso.Reference{Namespace: "external-secrets", Name: "infisical-eso-creds"}}.Object())
	s.create(t, "namespaces", "", &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": apps}}})
	for i := range n {
		s.create(t, "externalsecrets", apps, eso.ExternalSecret{Namespace: apps, Name: fmt.Sprintf("app-%03d", i), Store: eso.StoreKey{Name: "infisical"},
			Key: s.Infisical.Key, TargetKey: "value"}.Object())
	}
	within(t, 5*time.Minute, fmt.Sprintf("%d ExternalSecrets are synced", n), func() bool { return s.syncedApps(t) == n })
}

func (s *sandbox) create(t *testing.T, resource, namespace string, obj *unstructured.Unstructured) {
	t.Helper()
	_, err := s.client(t).Resource(resources[resource]).Namespace(namespace).Create(t.Context(), obj, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create %s %s: %v", resource, obj.GetName(), err)
	}
}

func (s *sandbox) syncedApps(t *testing.T) int {
	t.Helper()
	list, err := s.client(t).Resource(resources["externalsecrets"]).Namespace(apps).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	synced := 0
	for i := range list.Items {
		if c, _ := eso.Ready(&list.Items[i]); c.Status == "True" {
			synced++
		}
	}
	return synced
}

// within waits for what comes by itself.
func within(t *testing.T, limit time.Duration, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !check(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %s it is not so that %s", limit, what)
		}
	}
}

// appSecrets are the Secrets made from ExternalSecrets, by their uid and their data.
func (s *sandbox) appSecrets(t *testing.T) map[string]string {
	t.Helper()
	list, err := s.client(t).Resource(resources["secrets"]).Namespace(apps).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]string{}
	for _, obj := range list.Items {
		held[obj.GetName()] = fingerprint(&obj)
	}
	return held
}

func fingerprint(obj *unstructured.Unstructured) string {
	return fmt.Sprintf("%s %x", obj.GetUID(), sha256.Sum256(fmt.Append(nil, obj.Object["data"])))
}

// watcher counts what happens to the Secrets from ExternalSecrets while something else is going on.
type watcher struct {
	mu       sync.Mutex
	problems []string
	stop     context.CancelFunc
	done     chan struct{}
	before   map[string]string
}

// watchSecrets begins to watch. The watch starts at the list's version, so that nothing between the two is missed.
func (s *sandbox) watchSecrets(t *testing.T) *watcher {
	t.Helper()
	api := s.client(t).Resource(resources["secrets"]).Namespace(apps)
	list, err := api.List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w := &watcher{stop: cancel, done: make(chan struct{}), before: map[string]string{}}
	for _, obj := range list.Items {
		w.before[obj.GetName()] = fingerprint(&obj)
	}
	events, err := api.Watch(ctx, metav1.ListOptions{ResourceVersion: list.GetResourceVersion()})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.done)
		defer events.Stop()
		for event := range events.ResultChan() {
			if ctx.Err() != nil {
				return // What comes now is the end of the watch.
			}
			w.see(event)
		}
		if ctx.Err() == nil {
			w.note("the watch has ended by itself")
		}
	}()
	return w
}

func (w *watcher) see(event watch.Event) {
	obj, ok := event.Object.(*unstructured.Unstructured)
	switch {
	case !ok || event.Type == watch.Error:
		w.note(fmt.Sprintf("the watch has failed: %v", event.Object))
	case event.Type == watch.Deleted:
		w.note(obj.GetName() + " was deleted")
	case w.before[obj.GetName()] != fingerprint(obj):
		w.note(obj.GetName() + " has changed its uid or data")
	}
}

func (w *watcher) note(problem string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, problem)
}

// nothing fails the test if any Secret was touched in its uid or data, or is missing now.
func (w *watcher) nothing(t *testing.T, s *sandbox) {
	t.Helper()
	if diff := cmp.Diff(w.before, s.appSecrets(t)); diff != "" {
		t.Errorf("Secrets have changed:\n%s", diff)
	}
	w.stop()
	<-w.done
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.problems {
		t.Error(p)
	}
}

// storeAsV1Beta1 makes the cluster hold every ExternalSecret as v1beta1, as one that has come from an older ESO does: the definition's
// storage version is turned there and back.
func (s *sandbox) storeAsV1Beta1(t *testing.T) {
	t.Helper()
	s.turnStorage(t, "v1beta1")
	api := s.client(t).Resource(resources["externalsecrets"])
	list, err := api.List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, obj := range list.Items {
		patch := []byte(`{"metadata":{"labels":{"stored":"as-v1beta1"}}}`)
		if _, err := api.Namespace(obj.GetNamespace()).Patch(t.Context(), obj.GetName(), types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	s.turnStorage(t, "v1")
	if got := s.storedVersions(t); !contains(got, "v1beta1") || !contains(got, "v1") {
		t.Fatalf("stored versions %v: the situation could not be made", got)
	}
}

// turnStorage makes version the one that objects are stored in; v1beta1 is served while it is.
func (s *sandbox) turnStorage(t *testing.T, version string) {
	t.Helper()
	api := s.client(t).Resource(resources["customresourcedefinitions"])
	for {
		crd, err := api.Get(t.Context(), "externalsecrets.external-secrets.io", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range versions {
			v := item.(map[string]any)
			v["storage"] = v["name"] == version
			v["served"] = v["name"] == "v1" || v["name"] == version
		}
		if err := unstructured.SetNestedSlice(crd.Object, versions, "spec", "versions"); err != nil {
			t.Fatal(err)
		}
		_, err = api.Update(t.Context(), crd, metav1.UpdateOptions{})
		if apierrors.IsConflict(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	// The API server takes a moment until it writes in the new version; its list of stored versions says when it has heard of it.
	within(t, time.Minute, version+" is stored", func() bool { return contains(s.storedVersions(t), version) })
}

func (s *sandbox) storedVersions(t *testing.T) []string {
	t.Helper()
	crd, err := s.client(t).Resource(resources["customresourcedefinitions"]).Get(t.Context(), "externalsecrets.external-secrets.io", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	versions, _, _ := unstructured.NestedStringSlice(crd.Object, "status", "storedVersions")
	return versions
}

// backupFile is where a run may write its backup.
func (s *sandbox) backupFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "backup.yaml")
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
