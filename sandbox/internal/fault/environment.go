package fault

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// wrongEnvironment is what people write for the environment whose slug is "prod".
const wrongEnvironment = "production"

func renameEnvironment(ctx context.Context, t Target, saved saved) error {
	list, err := infisicalStores(ctx, t.Cluster)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("the cluster has no store with the Infisical provider; make one first")
	}
	for _, store := range list {
		environment, _, _ := unstructured.NestedString(store.Object, "spec", "provider", "infisical", "secretsScope", "environmentSlug")
		if environment == wrongEnvironment {
			continue
		}
		saved[store.GetName()] = environment
		if err := setEnvironment(ctx, t.Cluster, store.GetName(), wrongEnvironment); err != nil {
			return err
		}
	}
	return nil
}

// restoreEnvironment gives the stores back what they had. One that was deleted meanwhile needs nothing, and one that somebody
// has mended by hand keeps what it has.
func restoreEnvironment(ctx context.Context, t Target, saved saved) error {
	list, err := infisicalStores(ctx, t.Cluster)
	if err != nil {
		return err
	}
	for _, store := range list {
		environment, _, _ := unstructured.NestedString(store.Object, "spec", "provider", "infisical", "secretsScope", "environmentSlug")
		before, known := saved[store.GetName()]
		if !known || environment != wrongEnvironment {
			continue
		}
		err := setEnvironment(ctx, t.Cluster, store.GetName(), before)
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

func setEnvironment(ctx context.Context, cluster dynamic.Interface, store, environment string) error {
	return patch(ctx, cluster, store, map[string]any{"spec": map[string]any{"provider": map[string]any{
		"infisical": map[string]any{"secretsScope": map[string]any{"environmentSlug": environment}},
	}}})
}
