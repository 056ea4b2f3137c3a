package uninstall

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// release takes ESO's finalizers from the objects of a kind that are being deleted. Others' finalizers stay.
func (u *Uninstaller) release(ctx context.Context, k Kind) error {
	u.Progress("taking ESO's finalizers from " + k.Name + " objects")
	err := kube.EachPage(ctx, u.Metadata(k.resource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			if page[i].GetDeletionTimestamp() == nil {
				continue
			}
			if err := eso.DropFinalizers(ctx, u.Dynamic, k.resource, &page[i]); err != nil {
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
			if err := eso.DropFinalizers(ctx, u.Dynamic, namespacesResource, &page[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
