package eso

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// forceSync is the annotation by which people make ESO sync an ExternalSecret; any change of an annotation does.
const forceSync = "force-sync"

// errFound ends a search.
var errFound = errors.New("found")

// ReadyExternalSecret finds one ExternalSecret of the store that is ready and that ESO syncs when it is told to, or none.
func ReadyExternalSecret(ctx context.Context, client dynamic.Interface, store StoreKey) (types.NamespacedName, bool, error) {
	var found types.NamespacedName
	err := kube.EachPage(ctx, client.Resource(ExternalSecrets).Namespace(store.Namespace), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			es := &page[i]
			if key, named := storeOf(es); named && key == store && syncable(es) {
				found = types.NamespacedName{Namespace: es.GetNamespace(), Name: es.GetName()}
				return errFound
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errFound) {
		return found, false, fmt.Errorf("look for an ExternalSecret of %s: %w", store, err)
	}
	return found, err != nil, nil
}

// Sync makes ESO sync an ExternalSecret that is ready now, and waits until it has. A failure is an error that carries its cause.
func Sync(ctx context.Context, client dynamic.Interface, es types.NamespacedName) error {
	api := client.Resource(ExternalSecrets).Namespace(es.Namespace)
	what := "sync ExternalSecret " + es.String()
	before, err := api.Get(ctx, es.Name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	seen := synced(before)
	if err := fetchAnew(ctx, client, es); err != nil {
		return err
	}
	sources := []kube.Source{kube.Named(api, es.Name), kube.EventsOf(client, "ExternalSecret", es.Namespace, es.Name, before.GetUID())}
	return awaitSync(ctx, sources, what, seen)
}

// fetchAnew makes ESO fetch what an ExternalSecret asks for, and does not wait for it.
func fetchAnew(ctx context.Context, client dynamic.Interface, es types.NamespacedName) error {
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, forceSync, time.Now().UTC().Format(time.RFC3339Nano))
	_, err := client.Resource(ExternalSecrets).Namespace(es.Namespace).
		Patch(ctx, es.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager + "-touch"})
	return Explain("sync ExternalSecret "+es.String(), err)
}

// awaitSync waits until the object has been synced in another state than seen. A failure whose event does not come in time is told by the
// condition alone: ESO's client drops events of an object that has had too many.
func awaitSync(ctx context.Context, sources []kube.Source, what, seen string) error {
	waiting, giveUp := context.WithCancel(ctx)
	defer giveUp()
	var unexplained error
	err := kube.Until(waiting, sources, func(now []kube.Seen) (bool, error) {
		obj := now[0].First()
		if obj == nil {
			return false, fmt.Errorf("%s: it has been deleted", what)
		}
		ready, known := Ready(obj)
		if ready.Status == "True" {
			return synced(obj) != seen, nil
		}
		if known && unexplained == nil {
			unexplained = externalSecretError(obj, ready.Message)
			timer := time.AfterFunc(briefPatience, giveUp)
			context.AfterFunc(waiting, func() { timer.Stop() })
		}
		return judgeExternalSecret(obj, now[1])
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, err)
	case err != nil && waiting.Err() != nil:
		return unexplained
	}
	return err
}

// synced names the state of the object that ESO has synced last; it covers the annotations.
func synced(es *unstructured.Unstructured) string {
	version, _, _ := unstructured.NestedString(es.Object, "status", "syncedResourceVersion")
	return version
}
