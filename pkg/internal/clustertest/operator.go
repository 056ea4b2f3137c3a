package clustertest

import (
	"encoding/base64"
	"strconv"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Operator makes the cluster's ESO: whenever a store or an ExternalSecret is touched, it looks at the pair in the store's Secret and tells
// what works says of it in status and event. Without works, every store is good, whatever it refers to.
func Operator(client *fake.FakeDynamicClient, works func(clientID, clientSecret string) error) {
	o := &operator{tracker: client.Tracker(), works: works}
	client.PrependReactor("patch", "clustersecretstores", o.react(eso.ClusterSecretStores))
	client.PrependReactor("patch", "externalsecrets", o.react(eso.ExternalSecrets))
}

type operator struct {
	tracker clienttesting.ObjectTracker
	works   func(clientID, clientSecret string) error

	mu    sync.Mutex
	looks int
}

func (o *operator) react(resource schema.GroupVersionResource) clienttesting.ReactionFunc {
	return func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch := action.(clienttesting.PatchActionImpl)
		if patch.PatchType != types.MergePatchType {
			return false, nil, nil
		}
		found, err := o.tracker.Get(resource, patch.Namespace, patch.Name)
		if err != nil {
			return true, nil, err
		}
		return false, nil, o.judge(resource, found.(*unstructured.Unstructured).DeepCopy())
	}
}

// judge writes what ESO says of the object.
func (o *operator) judge(resource schema.GroupVersionResource, obj *unstructured.Unstructured) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.looks++
	name := obj.GetName()
	if resource == eso.ExternalSecrets {
		name, _, _ = unstructured.NestedString(obj.Object, "spec", "secretStoreRef", "name")
	}
	status, reason, message := "True", "Valid", "store validated"
	if err := o.try(name); err != nil {
		status, reason, message = "False", "InvalidProviderConfig", err.Error()
		if resource == eso.ExternalSecrets {
			reason = "UpdateFailed"
		}
	}
	Ready(obj, status)
	if resource == eso.ExternalSecrets && status == "True" {
		obj.Object["status"].(map[string]any)["syncedResourceVersion"] = strconv.Itoa(o.looks)
	}
	if err := o.tracker.Update(resource, obj, obj.GetNamespace()); err != nil {
		return err
	}
	return o.event(obj, reason, message)
}

// try reads the pair that a store refers to.
func (o *operator) try(store string) error {
	if o.works == nil {
		return nil
	}
	obj, err := o.tracker.Get(eso.ClusterSecretStores, "", store)
	if err != nil {
		return err
	}
	plain := obj.(*unstructured.Unstructured).DeepCopy()
	plain.SetLabels(nil) // a probe is read like any store
	read, _ := eso.ReadStore(plain)
	secret, err := o.tracker.Get(schema.GroupVersionResource{Version: "v1", Resource: "secrets"}, read.Credentials.Namespace, read.Credentials.Name)
	if err != nil {
		return err
	}
	value := func(key string) string {
		encoded, _, _ := unstructured.NestedString(secret.(*unstructured.Unstructured).Object, "data", key)
		decoded, _ := base64.StdEncoding.DecodeString(encoded)
		return string(decoded)
	}
	return o.works(value(eso.ClientIDKey), value(eso.ClientSecretKey))
}

func (o *operator) event(obj *unstructured.Unstructured, reason, message string) error {
	namespace := obj.GetNamespace()
	if namespace == "" {
		namespace = "default"
	}
	last := time.Date(2026, 1, 1, 0, 0, o.looks, 0, time.UTC).Format(time.RFC3339)
	event := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Event", "reason": reason, "message": message,
		"metadata":       map[string]any{"name": obj.GetName() + "-" + reason, "namespace": namespace, "resourceVersion": strconv.Itoa(o.looks)},
		"involvedObject": map[string]any{"kind": obj.GetKind(), "name": obj.GetName()}, "lastTimestamp": last}}
	err := o.tracker.Create(kube.EventsResource, event, namespace)
	if apierrors.IsAlreadyExists(err) {
		err = o.tracker.Update(kube.EventsResource, event, namespace)
	}
	return err
}
