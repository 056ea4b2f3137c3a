package eso_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// object is one of ESO's kinds with its Ready condition; an empty ready leaves it without.
func object(t *testing.T, kind, namespace, name, ready string) *unstructured.Unstructured {
	t.Helper()
	obj := clustertest.Ready(clustertest.Object(t, "{apiVersion: external-secrets.io/v1, kind: "+kind+", spec: {}}"), ready)
	obj.SetNamespace(namespace)
	obj.SetName(name)
	return obj
}

// of makes an ExternalSecret take its keys from a store.
func of(es *unstructured.Unstructured, kind, store string, spec map[string]any) *unstructured.Unstructured {
	ref := map[string]any{"name": store}
	if kind != "" {
		ref["kind"] = kind
	}
	spec["secretStoreRef"] = ref
	es.Object["spec"] = spec
	return es
}

func leaving(obj *unstructured.Unstructured) *unstructured.Unstructured {
	now := metav1.NewTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	obj.SetDeletionTimestamp(&now)
	return obj
}

func TestReadyStoresOfBothKinds(t *testing.T) {
	client := clustertest.Dynamic(object(t, "ClusterSecretStore", "", "a", "True"), object(t, "ClusterSecretStore", "", "b", "False"),
		leaving(object(t, "ClusterSecretStore", "", "c", "True")), object(t, "SecretStore", "team", "a", "True"), object(t, "SecretStore", "team", "new", ""))
	got, err := eso.ReadyStores(t.Context(), client)
	if diff := cmp.Diff([]eso.StoreKey{{Name: "a"}, {Namespace: "team", Name: "a"}}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestSyncableTakesWhatRefreshes(t *testing.T) {
	hourly := func() map[string]any { return map[string]any{"refreshInterval": "1h0m0s"} }
	client := clustertest.Dynamic(
		of(object(t, "ExternalSecret", "a", "not-ready", "False"), "ClusterSecretStore", "s", hourly()),
		of(leaving(object(t, "ExternalSecret", "a", "leaving", "True")), "ClusterSecretStore", "s", hourly()),
		of(object(t, "ExternalSecret", "a", "once", "True"), "ClusterSecretStore", "s", map[string]any{"refreshPolicy": "CreatedOnce"}),
		of(object(t, "ExternalSecret", "a", "zero", "True"), "ClusterSecretStore", "s", map[string]any{"refreshInterval": "0s"}),
		of(object(t, "ExternalSecret", "b", "good", "True"), "ClusterSecretStore", "s", hourly()),
		of(object(t, "ExternalSecret", "b", "on-change", "True"), "", "s", map[string]any{"refreshPolicy": "OnChange", "refreshInterval": "0"}),
		of(object(t, "ExternalSecret", "c", "no-store", "True"), "", "", hourly()),
	)
	want := map[eso.StoreKey]types.NamespacedName{
		{Name: "s"}:                 {Namespace: "b", Name: "good"},
		{Namespace: "b", Name: "s"}: {Namespace: "b", Name: "on-change"},
	}
	got, err := eso.Syncable(t.Context(), client)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestStoreKeyNamesItself(t *testing.T) {
	for key, want := range map[eso.StoreKey]string{{Name: "s"}: "ClusterSecretStore s default", {Namespace: "n", Name: "s"}: "SecretStore n/s n"} {
		if got := key.String() + " " + key.EventNamespace(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		es := eso.ExternalSecret{Name: "e", Namespace: "n", Store: key}.Object()
		if kind, _, _ := unstructured.NestedString(es.Object, "spec", "secretStoreRef", "kind"); kind != key.Kind() {
			t.Errorf("an ExternalSecret of %s refers to a %s", key, kind)
		}
	}
}

// waiting is a store that is awaited, with what happens to it meanwhile.
type waiting struct {
	key    eso.StoreKey
	client *fake.FakeDynamicClient
	events int
}

func newWaiting(t *testing.T, key eso.StoreKey) *waiting {
	t.Helper()
	return &waiting{key: key, client: clustertest.Dynamic(object(t, key.Kind(), key.Namespace, key.Name, "True"))}
}

// verdict is what ESO writes after it has looked.
func (w *waiting) verdict(t *testing.T, ready, reason, message string) {
	t.Helper()
	resource := eso.ClusterSecretStores
	if w.key.Namespace != "" {
		resource = eso.SecretStores
	}
	w.events++
	event := clustertest.Object(t, "{apiVersion: v1, kind: Event}")
	event.SetName("e" + strconv.Itoa(w.events))
	event.SetNamespace(w.key.EventNamespace())
	event.SetResourceVersion(strconv.Itoa(w.events))
	event.Object["reason"], event.Object["message"] = reason, message
	err := errors.Join(w.client.Tracker().Update(resource, object(t, w.key.Kind(), w.key.Namespace, w.key.Name, ready), w.key.Namespace),
		w.client.Tracker().Create(kube.EventsResource, event, w.key.EventNamespace()))
	if err != nil {
		t.Error(err)
	}
}

func (w *waiting) wait(t *testing.T, limit time.Duration, meanwhile func()) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	mark, err := w.key.Mark(ctx, w.client)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(time.Second)
		meanwhile()
	}()
	return w.key.WaitFresh(ctx, w.client, mark)
}

func TestWaitFresh(t *testing.T) {
	keys := []eso.StoreKey{{Name: "s"}, {Namespace: "team", Name: "s"}}
	for _, key := range keys {
		t.Run(key.Kind(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { waitFresh(t, key) })
		})
	}
}

func waitFresh(t *testing.T, key eso.StoreKey) {
	w := newWaiting(t, key)
	w.verdict(t, "True", "Valid", "store validated")
	if err := w.wait(t, time.Minute, func() {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a verdict of before counts: %v", err)
	}
	if err := w.wait(t, time.Minute, func() { w.verdict(t, "True", "Valid", "store validated") }); err != nil {
		t.Errorf("a fresh one: %v", err)
	}
	err := w.wait(t, time.Minute, func() {
		w.verdict(t, "False", "InvalidProviderConfig", "for a moment")
		time.Sleep(5 * time.Second)
		w.verdict(t, "True", "Valid", "store validated")
	})
	if err != nil {
		t.Errorf("one that heals within moments: %v", err)
	}
	start := time.Now()
	err = w.wait(t, time.Minute, func() { w.verdict(t, "False", "InvalidProviderConfig", "for good") })
	var named *cause.Error
	if !errors.As(err, &named) || !strings.Contains(err.Error(), "for good") || !strings.Contains(err.Error(), key.String()) || time.Since(start) > 30*time.Second {
		t.Errorf("one that does not heal, after %s: %v", time.Since(start), err)
	}
}

func TestWaitFreshForAStoreThatGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaiting(t, eso.StoreKey{Name: "s"})
		err := w.wait(t, time.Minute, func() {
			if err := w.client.Tracker().Delete(eso.ClusterSecretStores, "", "s"); err != nil {
				t.Error(err)
			}
		})
		if err == nil || errors.Is(err, eso.ErrBeingDeleted) || !strings.Contains(err.Error(), "nobody was seen to delete it") {
			t.Errorf("gone without a trace: %v", err)
		}
		w = newWaiting(t, eso.StoreKey{Name: "s"})
		err = w.wait(t, time.Minute, func() {
			if err := w.client.Tracker().Update(eso.ClusterSecretStores, leaving(object(t, "ClusterSecretStore", "", "s", "True")), ""); err != nil {
				t.Error(err)
			}
		})
		if !errors.Is(err, eso.ErrBeingDeleted) {
			t.Errorf("being deleted: %v", err)
		}
	})
}

func TestTouchLeavesTheRecordedInputs(t *testing.T) {
	store := object(t, "ClusterSecretStore", "", "s", "True")
	store.SetAnnotations(map[string]string{"eso-infisical.dev/inputs": "recorded"})
	client := clustertest.Dynamic(store)
	if err := (eso.StoreKey{Name: "s"}).Touch(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	got, err := client.Resource(eso.ClusterSecretStores).Get(t.Context(), "s", metav1.GetOptions{})
	if err != nil || eso.LookedAt(got) != "recorded" || got.GetAnnotations()["eso-infisical.dev/checked-at"] == "" {
		t.Errorf("%v, %v", got, err)
	}
	if verbs := clustertest.Verbs(&client.Fake, "clustersecretstores"); !slices.Contains(verbs, "patch") {
		t.Errorf("verbs %q", verbs)
	}
}
