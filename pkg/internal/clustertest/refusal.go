package clustertest

import (
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"
)

// Refuse makes the cluster answer the verb on the resource with err.
func Refuse(client *clienttesting.Fake, verb, resource string, err error) {
	client.PrependReactor(verb, resource, func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, err })
}

// OwnedByOthers makes server-side apply behave as if another field manager owned every field: without force it conflicts.
func OwnedByOthers(action clienttesting.Action) (bool, runtime.Object, error) {
	patch, ok := action.(clienttesting.PatchActionImpl)
	if !ok || patch.PatchType != types.ApplyPatchType || patch.PatchOptions.Force != nil && *patch.PatchOptions.Force {
		return false, nil, nil
	}
	return true, nil, apierrors.NewApplyConflict(nil, `Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data`)
}

// Forbidden is the answer to a user without the right.
func Forbidden(resource string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", errors.New("no right to it"))
}

// NoSuchResource is the answer of an API server without the custom resource's definition.
func NoSuchResource(resource string) error {
	return apierrors.NewNotFound(schema.GroupResource{Resource: resource}, "")
}

// Verbs lists what was asked of the resource, in order.
func Verbs(client *clienttesting.Fake, resource string) []string {
	var verbs []string
	for _, action := range client.Actions() {
		if action.GetResource().Resource == resource {
			verbs = append(verbs, action.GetVerb())
		}
	}
	return verbs
}
