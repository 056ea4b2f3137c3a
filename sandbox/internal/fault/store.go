package fault

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// touchedAnnotation changes to make ESO look at a store at once instead of at the next turn of its back-off.
const touchedAnnotation = "eso-sandbox/touched"

func stores(cluster dynamic.Interface) dynamic.ResourceInterface {
	return cluster.Resource(schema.GroupVersionResource{Group: "external-secrets.io", Version: "v1", Resource: "clustersecretstores"})
}

// infisicalStores are the cluster's stores with the Infisical provider; none while ESO is not installed.
func infisicalStores(ctx context.Context, cluster dynamic.Interface) ([]unstructured.Unstructured, error) {
	list, err := stores(cluster).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the cluster's stores: %w", err)
	}
	var found []unstructured.Unstructured
	for _, store := range list.Items {
		if _, is, _ := unstructured.NestedMap(store.Object, "spec", "provider", "infisical"); is {
			found = append(found, store)
		}
	}
	return found, nil
}

// touch makes ESO look at every Infisical store again.
func touch(ctx context.Context, cluster dynamic.Interface) error {
	list, err := infisicalStores(ctx, cluster)
	if err != nil {
		return err
	}
	for _, store := range list {
		change := map[string]any{"metadata": map[string]any{"annotations": map[string]any{
			touchedAnnotation: time.Now().Format(time.RFC3339Nano),
		}}}
		if err := patch(ctx, cluster, store.GetName(), change); err != nil {
			return err
		}
	}
	return nil
}

func patch(ctx context.Context, cluster dynamic.Interface, store string, change map[string]any) error {
	data, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("change the store %s: %w", store, err)
	}
	if _, err := stores(cluster).Patch(ctx, store, types.MergePatchType, data, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("change the store %s: %w", store, err)
	}
	return nil
}
