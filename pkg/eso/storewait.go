package eso

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// patience is how long a verdict fresher than the change is awaited before the present condition is taken. ESO needs up to 14 s
// for an unreachable server, and the API client drops events of an object that has had too many.
const patience = 30 * time.Second

// Reasons of the events that ESO writes after each look at a store.
const (
	reasonValid   = "Valid"
	reasonInvalid = "InvalidProviderConfig"
)

// Mark remembers which events a store had, so that a later verdict can be told from an earlier one. ESO's status carries no
// generation, and its condition's time does not move while the status stays the same.
type Mark struct{ versions map[string]bool }

// MarkStore takes the mark. Take it before the change whose effect is awaited.
func MarkStore(ctx context.Context, client dynamic.Interface, name string) (Mark, error) {
	source := kube.EventsOf(client, "ClusterSecretStore", "", name)
	list, err := source.Client.List(ctx, source.Options)
	if apierrors.IsForbidden(err) {
		return Mark{}, nil
	}
	if err != nil {
		return Mark{}, fmt.Errorf("read the events of ClusterSecretStore %s: %w", name, err)
	}
	m := Mark{versions: map[string]bool{}}
	for i := range list.Items {
		m.versions[list.Items[i].GetResourceVersion()] = true
	}
	return m, nil
}

// Touch makes ESO look at the store again at once.
func Touch(ctx context.Context, client dynamic.Interface, name string) error {
	patch := fmt.Sprintf(`{"metadata":{"annotations":{"eso-infisical.dev/checked-at":%q}}}`, time.Now().UTC().Format(time.RFC3339Nano))
	_, err := client.Resource(ClusterSecretStores).Patch(ctx, name, types.MergePatchType, []byte(patch),
		metav1.PatchOptions{FieldManager: kube.FieldManager + "-touch"})
	if err != nil {
		return Explain("make ESO look at ClusterSecretStore "+name+" again", err)
	}
	return nil
}

// WaitStore waits until ESO has judged the store after the mark was taken. A store that is not ready is an error that carries
// its cause.
func WaitStore(ctx context.Context, client dynamic.Interface, name string, mark Mark) error {
	fresh, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := waitStore(fresh, client, name, mark.newer)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = waitStore(ctx, client, name, func(kube.Event) bool { return true })
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("wait for ClusterSecretStore %s: %w", name, err)
	}
	return err
}

func (m Mark) newer(e kube.Event) bool { return !m.versions[e.Version] }

func waitStore(ctx context.Context, client dynamic.Interface, name string, counts func(kube.Event) bool) error {
	sources := []kube.Source{
		kube.Named(client.Resource(ClusterSecretStores), name),
		kube.EventsOf(client, "ClusterSecretStore", "", name),
	}
	return kube.Until(ctx, sources, func(seen []kube.Seen) (bool, error) {
		store := seen[0].First()
		if store == nil {
			return false, &cause.Error{Tried: "wait for ClusterSecretStore " + name, Cause: cause.StoreMissing}
		}
		var events []kube.Event
		for _, e := range kube.Events(seen[1]) {
			if counts(e) {
				events = append(events, e)
			}
		}
		if seen[1].Denied != nil {
			return judgeWithoutEvents(store)
		}
		return judgeStore(store, events)
	})
}

// judgeStore decides by the newest event that counts; the condition must agree before a store is called ready.
func judgeStore(store *unstructured.Unstructured, events []kube.Event) (bool, error) {
	newest, found := kube.Newest(events, reasonValid, reasonInvalid)
	if !found {
		return false, nil
	}
	if newest.Reason == reasonInvalid {
		return false, StoreError(store.GetName(), newest.Message)
	}
	ready, _ := Ready(store)
	return ready.Status == "True", nil
}

// judgeWithoutEvents is for users who may not read events in the namespace default: the condition never carries the cause.
func judgeWithoutEvents(store *unstructured.Unstructured) (bool, error) {
	ready, known := Ready(store)
	if known && ready.Status != "True" {
		return false, StoreError(store.GetName(), "")
	}
	return known, nil
}

// StoreError is the error of a store that is not ready, with the cause that the event's text gives. An empty text means that the
// event is missing or may not be read.
func StoreError(name, text string) error {
	e := &cause.Error{Tried: "use ClusterSecretStore " + name}
	if c, ok := cause.FromText(text); ok {
		e.Cause, e.Err = c, errors.New(text)
		return e
	}
	if text == "" {
		e.Cause = cause.Cause{Code: "EI703", Summary: "the store is not ready, and there is no event that says why, or it may not be read",
			Fix: "read it with the right to list events in the namespace default, or look at the log of Deployment external-secrets"}
		return e
	}
	e.Cause = cause.Cause{Code: "EI702", Summary: "the store is not ready", Fix: "read the detail; it is ESO's own text"}
	e.Err = errors.New(text)
	return e
}
