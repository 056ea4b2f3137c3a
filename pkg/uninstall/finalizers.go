package uninstall

import (
	"context"
	"encoding/json"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// release takes ESO's finalizers from the objects of a kind that are being deleted. Others' finalizers stay.
func (u *Uninstaller) release(ctx context.Context, p *Plan, k Kind) error {
	u.Progress("taking ESO's finalizers from " + k.Name + " objects")
	err := kube.EachPage(ctx, u.Metadata(k.resource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			if page[i].GetDeletionTimestamp() == nil {
				continue
			}
			if err := u.dropFinalizers(ctx, k.resource, &page[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	if k.Name == "ClusterExternalSecret" {
		return u.releaseNamespaces(ctx)
	}
	return nil
}

// releaseNamespaces takes away what a ClusterExternalSecret has put on the namespaces that it wrote into: they could never be deleted.
func (u *Uninstaller) releaseNamespaces(ctx context.Context) error {
	return kube.EachPage(ctx, u.Metadata(namespacesResource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			if err := u.dropFinalizers(ctx, namespacesResource, &page[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (u *Uninstaller) dropFinalizers(ctx context.Context, resource schema.GroupVersionResource, obj *unstructured.Unstructured) error {
	others := slices.DeleteFunc(slices.Clone(obj.GetFinalizers()), eso.OwnFinalizer)
	if len(others) == len(obj.GetFinalizers()) {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"finalizers": others, "resourceVersion": obj.GetResourceVersion()}})
	if err != nil {
		return err
	}
	_, err = u.Dynamic.Resource(resource).Namespace(obj.GetNamespace()).Patch(ctx, obj.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return eso.Explain("take ESO's finalizers from "+reference(resource.Resource, obj.GetNamespace(), obj.GetName()), err)
}
