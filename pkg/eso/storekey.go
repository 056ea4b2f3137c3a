package eso

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Kinds of a store.
const (
	ClusterKind    = "ClusterSecretStore"
	NamespacedKind = "SecretStore"
)

// StoreKey names a store: a SecretStore in its namespace, or, without one, a ClusterSecretStore.
type StoreKey struct{ Namespace, Name string }

// Kind of the store.
func (k StoreKey) Kind() string {
	if k.Namespace == "" {
		return ClusterKind
	}
	return NamespacedKind
}

func (k StoreKey) String() string {
	return k.Kind() + " " + k.ID()
}

// ID is NAME, or NAMESPACE/NAME for a SecretStore.
func (k StoreKey) ID() string {
	if k.Namespace == "" {
		return k.Name
	}
	return k.Namespace + "/" + k.Name
}

// MarshalText writes the ID, so that a key can be one of a map in JSON.
func (k StoreKey) MarshalText() ([]byte, error) { return []byte(k.ID()), nil }

// UnmarshalText reads an ID.
func (k *StoreKey) UnmarshalText(text []byte) error {
	namespace, name, found := strings.Cut(string(text), "/")
	if !found {
		namespace, name = "", namespace
	}
	*k = StoreKey{namespace, name}
	return nil
}

// Resource is the store as kubectl takes it on the command line.
func (k StoreKey) Resource() string {
	if k.Namespace == "" {
		return "clustersecretstore " + k.Name
	}
	return "secretstore " + k.Name + " -n " + k.Namespace
}

// Stores is the client for ClusterSecretStores, or for the SecretStores in a namespace.
func Stores(client dynamic.Interface, namespace string) dynamic.ResourceInterface {
	return client.Resource(StoreResource(StoreKey{Namespace: namespace}.Kind())).Namespace(namespace)
}

// StoreResource is what the API server calls a kind of store.
func StoreResource(kind string) schema.GroupVersionResource {
	if kind == ClusterKind {
		return ClusterSecretStores
	}
	return SecretStores
}

// Right is a right to stores of this kind in the store's namespace, which lacks a verb; On adds some.
func (k StoreKey) Right() kube.Right {
	resource := StoreResource(k.Kind())
	return kube.Right{Group: resource.Group, Resource: resource.Resource, Namespace: k.Namespace}
}

func (k StoreKey) in(client dynamic.Interface) dynamic.ResourceInterface {
	return Stores(client, k.Namespace)
}

// KeyOf names a store that was read.
func KeyOf(store metav1.Object) StoreKey {
	return StoreKey{store.GetNamespace(), store.GetName()}
}

// Key names the store.
func (s Store) Key() StoreKey { return StoreKey{s.Namespace, s.Name} }

// Kind is ClusterSecretStore, or SecretStore for a store with a namespace.
func (s Store) Kind() string { return s.Key().Kind() }

// String is the store's kind and name, for messages.
func (s Store) String() string { return s.Key().String() }

// EventNamespace is where the store's events are.
func (k StoreKey) EventNamespace() string {
	if k.Namespace == "" {
		return metav1.NamespaceDefault
	}
	return k.Namespace
}

func (k StoreKey) events(client dynamic.Interface) kube.Source {
	return kube.EventsOf(client, k.Kind(), k.Namespace, k.Name, "")
}

// ErrBeingDeleted says that somebody is deleting the object: its time of deletion has been seen.
var ErrBeingDeleted = errors.New("it is being deleted")

// forbearance is how long a store that is not ready may take to become so: ESO tries again after 1, 2, 4 and 8 seconds.
const forbearance = 20 * time.Second

// WaitFresh waits until ESO has found the store ready after the mark was taken, and takes no older verdict for one. A store that stays not
// ready is an error that carries its cause, one that somebody is deleting is ErrBeingDeleted, and one that is gone without that having been
// seen is an error, too.
func (k StoreKey) WaitFresh(ctx context.Context, client dynamic.Interface, mark Mark) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error
	err := kube.Until(waiting, []kube.Source{kube.Named(k.in(client), k.Name), k.events(client)}, func(seen []kube.Seen) (bool, error) {
		store := seen[0].First()
		if store == nil {
			return false, fmt.Errorf("use %s: it has gone, and nobody was seen to delete it", k)
		}
		if store.GetDeletionTimestamp() != nil {
			return false, ErrBeingDeleted
		}
		done, verdict := mark.judge(store, seen[1])
		if verdict == nil {
			return done, nil
		}
		if failed == nil {
			time.AfterFunc(forbearance, cancel)
		}
		failed = verdict
		return false, nil
	})
	switch {
	case err == nil || waiting.Err() == nil:
		return err
	case failed != nil && !errors.Is(ctx.Err(), context.Canceled):
		return failed
	}
	return fmt.Errorf("wait for ESO to look at %s: %w", k, err)
}

// ReadyStores are the stores of both kinds that are ready and that nobody is deleting.
func ReadyStores(ctx context.Context, client dynamic.Interface) ([]StoreKey, error) {
	var ready []StoreKey
	for _, resource := range []dynamic.ResourceInterface{client.Resource(ClusterSecretStores), client.Resource(SecretStores)} {
		err := kube.EachPage(ctx, resource, metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
			for i := range page {
				if c, _ := Ready(&page[i]); c.Status == "True" && page[i].GetDeletionTimestamp() == nil {
					ready = append(ready, KeyOf(&page[i]))
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("list ESO's stores: %w", err)
		}
	}
	return ready, nil
}

// Syncable picks for each store one ExternalSecret that is ready and that ESO refreshes when it is asked to. A store without one is not in
// the result.
func Syncable(ctx context.Context, client dynamic.Interface) (map[StoreKey]types.NamespacedName, error) {
	chosen := map[StoreKey]types.NamespacedName{}
	err := kube.EachPage(ctx, client.Resource(ExternalSecrets), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			es := &page[i]
			store, named := storeOf(es)
			if _, has := chosen[store]; !has && named && syncable(es) {
				chosen[store] = types.NamespacedName{Namespace: es.GetNamespace(), Name: es.GetName()}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list ExternalSecrets: %w", err)
	}
	return chosen, nil
}

// syncable reports whether the ExternalSecret is ready, nobody is deleting it, and ESO fetches its values when it is told to.
func syncable(es *unstructured.Unstructured) bool {
	ready, _ := Ready(es)
	return ready.Status == "True" && es.GetDeletionTimestamp() == nil && refreshes(es)
}

// storeOf is the store that an ExternalSecret names for all its keys.
func storeOf(es *unstructured.Unstructured) (StoreKey, bool) {
	kind, _, _ := unstructured.NestedString(es.Object, "spec", "secretStoreRef", "kind")
	name, _, _ := unstructured.NestedString(es.Object, "spec", "secretStoreRef", "name")
	if kind == "ClusterSecretStore" {
		return StoreKey{Name: name}, name != ""
	}
	return StoreKey{es.GetNamespace(), name}, name != ""
}

// refreshes reports whether a change of an annotation makes ESO fetch the values again.
func refreshes(es *unstructured.Unstructured) bool {
	policy, _, _ := unstructured.NestedString(es.Object, "spec", "refreshPolicy")
	interval, _, _ := unstructured.NestedString(es.Object, "spec", "refreshInterval")
	switch policy {
	case "CreatedOnce":
		return false
	case "OnChange":
		return true
	}
	return interval != "0" && interval != "0s"
}
