package eso

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// OwnFinalizer reports whether a finalizer is one that ESO sets and its controller takes away.
func OwnFinalizer(name string) bool {
	domain, _, _ := strings.Cut(name, "/")
	return strings.HasSuffix(domain, "external-secrets.io") || strings.HasSuffix(domain, "externalsecrets.io")
}

// DropFinalizers takes ESO's finalizers from an object, as its controller would; those of others stay. It is for objects whose controller
// does not run. Whatever the controller had to do before is not done.
func DropFinalizers(ctx context.Context, client dynamic.Interface, resource schema.GroupVersionResource, obj metav1.Object) error {
	others := slices.DeleteFunc(slices.Clone(obj.GetFinalizers()), OwnFinalizer)
	if len(others) == len(obj.GetFinalizers()) {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"finalizers": others, "resourceVersion": obj.GetResourceVersion()}})
	if err != nil {
		return err
	}
	_, err = client.Resource(resource).Namespace(obj.GetNamespace()).Patch(ctx, obj.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return Explain("take ESO's finalizers from "+resource.Resource+" "+obj.GetName(), err)
}
