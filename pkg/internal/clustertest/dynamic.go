// Package clustertest makes clusters out of client-go's fakes, for tests only. Where the product relies on it, they behave as an
// API server does: server-side apply, dry runs, deletion of collections, refusals.
package clustertest

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strconv"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// CRDs is where the definitions of custom resources are.
var CRDs = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// Dynamic makes a dynamic client for a cluster that holds the objects.
func Dynamic(objects ...*unstructured.Unstructured) *fake.FakeDynamicClient {
	core := func(resource string) schema.GroupVersionResource {
		return schema.GroupVersionResource{Version: "v1", Resource: resource}
	}
	kinds := map[schema.GroupVersionResource]string{
		core("secrets"): "SecretList", core("configmaps"): "ConfigMapList", core("namespaces"): "NamespaceList",
		kube.PodsResource: "PodList", kube.EventsResource: "EventList", kube.DeploymentsResource: "DeploymentList", kube.ReplicaSetsResource: "ReplicaSetList",
		eso.ClusterSecretStores: "ClusterSecretStoreList", eso.ExternalSecrets: "ExternalSecretList",
		eso.SecretStores: "SecretStoreList", ofESO("v1", "clusterexternalsecrets"): "ClusterExternalSecretList",
		ofESO("v1alpha1", "pushsecrets"): "PushSecretList",
		core("services"):                 "ServiceList", core("serviceaccounts"): "ServiceAccountList",
		{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"}:                "ClusterRoleBindingList",
		{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}:               "CustomResourceDefinitionList",
		{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}: "ValidatingWebhookConfigurationList",
	}
	initial := make([]runtime.Object, 0, len(objects))
	for _, o := range objects {
		initial = append(initial, o)
	}
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, initial...)
	client.PrependReactor("patch", "*", applyTo(client.Tracker()))
	client.PrependReactor("create", "*", answerDryRun)
	client.PrependReactor("delete-collection", "*", deleteFrom(client.Tracker()))
	return client
}

func ofESO(version, resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: eso.ExternalSecrets.Group, Version: version, Resource: resource}
}

// applyTo is server-side apply by one manager: it takes back the fields that it has applied before and does not any more, lays the others
// over the object, and moves the resource version only if that has changed something.
func applyTo(tracker clienttesting.ObjectTracker) clienttesting.ReactionFunc {
	last := map[string]map[string]any{}
	var mu sync.Mutex
	return func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch, ok := action.(clienttesting.PatchActionImpl)
		if !ok || patch.PatchType != types.ApplyPatchType {
			return false, nil, nil
		}
		applied := &unstructured.Unstructured{}
		if err := applied.UnmarshalJSON(patch.Patch); err != nil {
			return true, nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		key := patch.Resource.Resource + "/" + patch.Namespace + "/" + patch.Name
		before := last[key]
		dry := len(patch.PatchOptions.DryRun) > 0
		if !dry {
			last[key] = applied.DeepCopy().Object
		}
		held, err := tracker.Get(patch.Resource, patch.Namespace, patch.Name)
		if apierrors.IsNotFound(err) {
			applied.SetResourceVersion("1")
			applied.SetGeneration(1)
			applied.SetUID(types.UID("uid-" + patch.Name))
			if dry {
				return true, applied, nil
			}
			return true, applied, tracker.Create(patch.Resource, applied, patch.Namespace)
		}
		if err != nil {
			return true, nil, err
		}
		after := held.(*unstructured.Unstructured).DeepCopy()
		if version := applied.GetResourceVersion(); version != "" && version != after.GetResourceVersion() {
			return true, nil, apierrors.NewConflict(patch.Resource.GroupResource(), patch.Name, errors.New("the object has been modified; please apply your changes to the latest version"))
		}
		takeBack(after.Object, before, applied.Object)
		overlay(after.Object, applied.Object)
		if dry || reflect.DeepEqual(after, held) {
			return true, after, nil
		}
		version, _ := strconv.Atoi(after.GetResourceVersion())
		after.SetResourceVersion(strconv.Itoa(version + 1))
		after.SetGeneration(after.GetGeneration() + 1)
		return true, after, tracker.Update(patch.Resource, after, patch.Namespace)
	}
}

// takeBack removes what was applied before and is not any more.
func takeBack(from, before, now map[string]any) {
	for key, value := range before {
		kept, still := now[key]
		if !still {
			delete(from, key)
			continue
		}
		below, wasMap := value.(map[string]any)
		under, isMap := kept.(map[string]any)
		inner, heldMap := from[key].(map[string]any)
		if wasMap && isMap && heldMap {
			takeBack(inner, below, under)
		}
	}
}

func overlay(onto, fields map[string]any) {
	for key, value := range fields {
		below, isMap := value.(map[string]any)
		under, wasMap := onto[key].(map[string]any)
		if isMap && wasMap {
			merged := maps.Clone(under)
			overlay(merged, below)
			onto[key] = merged
			continue
		}
		onto[key] = value
	}
}

func answerDryRun(action clienttesting.Action) (bool, runtime.Object, error) {
	create, ok := action.(clienttesting.CreateActionImpl)
	if !ok || len(create.CreateOptions.DryRun) == 0 {
		return false, nil, nil
	}
	return true, create.Object, nil
}

func deleteFrom(tracker clienttesting.ObjectTracker) clienttesting.ReactionFunc {
	return func(action clienttesting.Action) (bool, runtime.Object, error) {
		remove := action.(clienttesting.DeleteCollectionActionImpl)
		kind := schema.GroupVersionKind{Group: remove.Resource.Group, Version: remove.Resource.Version, Kind: "ExternalSecret"}
		found, err := tracker.List(remove.Resource, kind, remove.Namespace)
		if err != nil {
			return true, nil, err
		}
		for _, o := range found.(*unstructured.UnstructuredList).Items {
			if !remove.ListRestrictions.Labels.Matches(labels.Set(o.GetLabels())) {
				continue
			}
			if err := tracker.Delete(remove.Resource, remove.Namespace, o.GetName()); err != nil {
				return true, nil, err
			}
		}
		return true, nil, nil
	}
}

// DryRunPatches lets a merge patch with a dry run change nothing, and one with a resource version fail where the object has another. The fakes
// know neither. Call it last.
func DryRunPatches(client *fake.FakeDynamicClient) {
	client.PrependReactor("patch", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch, ok := action.(clienttesting.PatchActionImpl)
		if !ok || patch.PatchType != types.MergePatchType {
			return false, nil, nil
		}
		fields := map[string]any{}
		if err := json.Unmarshal(patch.Patch, &fields); err != nil {
			return true, nil, err
		}
		found, err := client.Tracker().Get(patch.Resource, patch.Namespace, patch.Name)
		if err != nil {
			return true, nil, err
		}
		held := found.(*unstructured.Unstructured).DeepCopy()
		wanted, given, _ := unstructured.NestedString(fields, "metadata", "resourceVersion")
		if given && wanted != held.GetResourceVersion() {
			return true, nil, apierrors.NewConflict(patch.Resource.GroupResource(), patch.Name, errors.New("the object has been modified"))
		}
		if len(patch.PatchOptions.DryRun) == 0 {
			return false, nil, nil
		}
		overlay(held.Object, fields)
		return true, held, nil
	})
}
