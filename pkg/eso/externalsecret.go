package eso

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// ExternalSecret asks ESO for one key of a store as a Secret of the same name, or for all that the store reads.
type ExternalSecret struct {
	Namespace, Name string
	Store           StoreKey
	// Key is the secret's name in Infisical, TargetKey its name in the Secret. No Key stands for all of them, under their own names.
	Key, TargetKey string
	// Labels are set beside the product's mark.
	Labels map[string]string
}

// Object renders it as the API server takes it.
func (e ExternalSecret) Object() *unstructured.Unstructured {
	spec := map[string]any{
		// In the form that ESO writes back, so that the field stays ours.
		"refreshInterval": "1h0m0s",
		"secretStoreRef":  map[string]any{"kind": e.Store.Kind(), "name": e.Store.Name},
		"target":          map[string]any{"name": e.Name},
	}
	if e.Key == "" {
		spec["dataFrom"] = []any{map[string]any{"find": map[string]any{"name": map[string]any{"regexp": ".*"}}}}
	} else {
		spec["data"] = []any{map[string]any{"secretKey": e.TargetKey, "remoteRef": map[string]any{"key": e.Key}}}
	}
	labels := map[string]any{kube.ManagedByLabel: kube.FieldManager}
	for name, value := range e.Labels {
		labels[name] = value
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": group + "/" + version, "kind": "ExternalSecret",
		"metadata": map[string]any{"name": e.Name, "namespace": e.Namespace, "labels": labels},
		"spec":     spec,
	}}
}

// WaitSynced waits until ESO has written the Secret of a new ExternalSecret. One that fails is an error that carries its cause.
func WaitSynced(ctx context.Context, client dynamic.Interface, namespace, name string, uid types.UID) error {
	sources := []kube.Source{
		kube.Named(client.Resource(ExternalSecrets).Namespace(namespace), name),
		kube.EventsOf(client, "ExternalSecret", namespace, name, uid),
	}
	err := kube.Until(ctx, sources, func(seen []kube.Seen) (bool, error) {
		es := seen[0].First()
		if es == nil {
			return false, fmt.Errorf("wait for ExternalSecret %s/%s: it has been deleted", namespace, name)
		}
		return judgeExternalSecret(es, seen[1])
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("wait for ExternalSecret %s/%s: %w", namespace, name, err)
	}
	return err
}

func judgeExternalSecret(es *unstructured.Unstructured, events kube.Seen) (bool, error) {
	ready, known := Ready(es)
	switch {
	case !known:
		return false, nil
	case ready.Status == "True":
		return true, nil
	}
	failed, found := kube.Newest(kube.Events(events), "UpdateFailed")
	if events.Denied != nil {
		return false, externalSecretError(es, ready.Message+"; the events that say why may not be read: "+events.Denied.Error())
	}
	if !found {
		// The condition comes a moment before the event that explains it.
		return false, nil
	}
	return false, externalSecretError(es, failed.Message)
}

func externalSecretError(es *unstructured.Unstructured, text string) error {
	e := &cause.Error{Tried: fmt.Sprintf("sync ExternalSecret %s/%s", es.GetNamespace(), es.GetName()), Err: errors.New(text)}
	var ok bool
	if e.Cause, ok = cause.FromText(text); !ok {
		e.Cause = cause.NotSynced
	}
	return e
}
