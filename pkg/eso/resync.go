package eso

import (
	"context"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Resync makes ESO fetch anew those of a store's ExternalSecrets that have failed, most at the most, and waits until they are ready. It comes after
// the store was mended: what has failed with it, ESO tries again after ever longer pauses.
func Resync(ctx context.Context, client dynamic.Interface, store StoreKey, most int) error {
	failing, err := failingOf(ctx, client, store, most)
	if err != nil {
		return fmt.Errorf("look for ExternalSecrets of %s that have failed: %w", store, err)
	}
	var failed []error
	for _, es := range failing {
		failed = append(failed, fetchAnew(ctx, client, es))
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	for _, es := range failing {
		if err := awaitReady(ctx, client, es); err != nil {
			return err
		}
	}
	return nil
}

// failingOf are ExternalSecrets of the store that are not ready, most at the most.
func failingOf(ctx context.Context, client dynamic.Interface, store StoreKey, most int) ([]types.NamespacedName, error) {
	var failing []types.NamespacedName
	err := kube.EachPage(ctx, client.Resource(ExternalSecrets).Namespace(store.Namespace), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			ready, judged := Ready(&page[i])
			if key, named := storeOf(&page[i]); !named || key != store || !judged || ready.Status == "True" {
				continue
			}
			if failing = append(failing, types.NamespacedName{Namespace: page[i].GetNamespace(), Name: page[i].GetName()}); len(failing) == most {
				return errFound
			}
		}
		return nil
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return failing, err
}

func awaitReady(ctx context.Context, client dynamic.Interface, es types.NamespacedName) error {
	source := kube.Named(client.Resource(ExternalSecrets).Namespace(es.Namespace), es.Name)
	err := kube.Until(ctx, []kube.Source{source}, func(seen []kube.Seen) (bool, error) {
		obj := seen[0].First()
		if obj == nil {
			return true, nil
		}
		ready, _ := Ready(obj)
		return ready.Status == "True", nil
	})
	if err != nil {
		return fmt.Errorf("wait for ExternalSecret %s: %w", es, err)
	}
	return nil
}
