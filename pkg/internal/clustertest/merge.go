package clustertest

import (
	"encoding/json"
	"errors"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

// MergeStrictly makes merge patches do what client-go's fake leaves out: a dry run changes nothing, an object of another version or uid than the
// patch names is a conflict, and whatever changes gets a new version.
func MergeStrictly(client *fake.FakeDynamicClient) {
	tracker := client.Tracker()
	client.PrependReactor("patch", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch := action.(clienttesting.PatchActionImpl)
		if patch.PatchType != types.MergePatchType {
			return false, nil, nil
		}
		found, err := tracker.Get(patch.Resource, patch.Namespace, patch.Name)
		if err != nil {
			return true, nil, err
		}
		var fields map[string]any
		if err := json.Unmarshal(patch.Patch, &fields); err != nil {
			return true, nil, err
		}
		held := found.(*unstructured.Unstructured)
		after := held.DeepCopy()
		merge(after.Object, fields)
		if after.GetUID() != held.GetUID() || after.GetResourceVersion() != held.GetResourceVersion() {
			return true, nil, apierrors.NewConflict(patch.Resource.GroupResource(), patch.Name, errors.New("the object has been modified"))
		}
		if len(patch.PatchOptions.DryRun) > 0 {
			return true, after, nil
		}
		version, _ := strconv.Atoi(held.GetResourceVersion())
		after.SetResourceVersion(strconv.Itoa(version + 1))
		return true, after, tracker.Update(patch.Resource, after, patch.Namespace)
	})
}

// merge is RFC 7396.
func merge(onto, fields map[string]any) {
	for key, value := range fields {
		below, isMap := value.(map[string]any)
		under, wasMap := onto[key].(map[string]any)
		switch {
		case value == nil:
			delete(onto, key)
		case isMap && wasMap:
			merge(under, below)
		default:
			onto[key] = value
		}
	}
}
