package setup

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// storesUsing lists the stores for Infisical of both kinds that use satisfies, of those that can refer to objects in the namespace: every
// ClusterSecretStore, and the SecretStores in the same namespace. An empty namespace stands for all.
func (r *Runner) storesUsing(ctx context.Context, namespace string, use func(eso.Store) bool) ([]eso.Store, error) {
	cluster, err := r.listStores(ctx, eso.ClusterKind, "")
	if err != nil {
		return nil, err
	}
	namespaced, err := r.listStores(ctx, eso.NamespacedKind, namespace)
	if err != nil {
		return nil, err
	}
	var using []eso.Store
	for _, s := range append(cluster, namespaced...) {
		if use(s) {
			using = append(using, s)
		}
	}
	return using, nil
}

// listStores lists the stores for Infisical of a kind; where ESO's definitions are not there yet, there are none.
func (r *Runner) listStores(ctx context.Context, kind, namespace string) ([]eso.Store, error) {
	list, err := r.Dynamic.Resource(eso.StoreResource(kind)).Namespace(namespace).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %ss: %w", kind, err)
	}
	var stores []eso.Store
	for i := range list.Items {
		if s, ok := eso.ReadStore(&list.Items[i]); ok {
			stores = append(stores, s)
		}
	}
	return stores, nil
}
