package eso_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// silent waits for a store that was ready before, whose ESO writes no event. Synced says that it syncs ExternalSecrets nevertheless.
func silent(t *testing.T, withSecret, synced bool) (took time.Duration, err error) {
	t.Helper()
	objects := []*unstructured.Unstructured{object(t, "ClusterSecretStore", "", "s", "True")}
	if withSecret {
		objects = append(objects, of(object(t, "ExternalSecret", "app", "api", "True"), "ClusterSecretStore", "s", map[string]any{"refreshInterval": "1h"}))
	}
	synctest.Test(t, func(t *testing.T) {
		client := clustertest.Dynamic(objects...)
		client.PrependReactor("patch", "externalsecrets", func(clienttesting.Action) (bool, runtime.Object, error) {
			if !synced {
				return false, nil, nil
			}
			after := objects[1].DeepCopy()
			after.Object["status"].(map[string]any)["syncedResourceVersion"] = "2"
			return false, nil, client.Tracker().Update(eso.ExternalSecrets, after, "app")
		})
		began := time.Now()
		key := eso.StoreKey{Name: "s"}
		mark, markErr := key.Mark(t.Context(), client)
		err = errors.Join(markErr, key.TouchFor(t.Context(), client, "secret=1 ca=2"), key.Wait(t.Context(), client, mark))
		took = time.Since(began)
		var stale *eso.StaleError
		store, _ := client.Resource(eso.ClusterSecretStores).Get(t.Context(), "s", metav1.GetOptions{})
		if forgotten := eso.LookedAt(store) == ""; forgotten != errors.As(err, &stale) {
			t.Errorf("after %v the store says that ESO has looked at %q", err, eso.LookedAt(store))
		}
	})
	return took, err
}

func TestAnOldConditionIsNoVerdict(t *testing.T) {
	var stale *eso.StaleError
	for name, withSecret := range map[string]bool{"nothing to sync": false, "nothing is synced": true} {
		if took, err := silent(t, withSecret, false); !errors.As(err, &stale) || stale.Store.Name != "s" || took > 2*time.Minute {
			t.Errorf("%s: %v after %s", name, err, took)
		}
	}
}

func TestASyncStandsForAVerdictWhoseEventWasDropped(t *testing.T) {
	if took, err := silent(t, true, true); err != nil || took > time.Minute {
		t.Errorf("%v after %s", err, took)
	}
}

func TestAMarkOfAWorkingPairNeedsNoEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaiting(t, eso.StoreKey{Name: "s"})
		mark, err := w.key.Mark(t.Context(), w.client)
		if err = errors.Join(err, w.key.Wait(t.Context(), w.client, mark.Proved())); err != nil {
			t.Error(err)
		}
	})
}
