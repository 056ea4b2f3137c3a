package privateca

import (
	"context"
	"fmt"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	"github.com/external-secrets/external-secrets/pkg/esutils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// caSource is the part of an Infisical store that v0.20.4 does not know.
type caSource struct {
	CABundle   []byte           `json:"caBundle,omitempty"`
	CAProvider *esv1.CAProvider `json:"caProvider,omitempty"`
}

// readCASource reads the store again, this time with all its fields.
func readCASource(ctx context.Context, store esv1.GenericStore, kube client.Client) (caSource, error) {
	raw := &unstructured.Unstructured{}
	raw.SetGroupVersionKind(esv1.SchemeGroupVersion.WithKind(store.GetKind()))
	if err := kube.Get(ctx, client.ObjectKeyFromObject(store), raw); err != nil {
		return caSource{}, fmt.Errorf("read the CA fields of %s %q: %w", store.GetKind(), store.GetName(), err)
	}
	fields, _, err := unstructured.NestedMap(raw.Object, "spec", "provider", "infisical")
	if err != nil {
		return caSource{}, fmt.Errorf("read the CA fields of %s %q: %w", store.GetKind(), store.GetName(), err)
	}
	var source caSource
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &source); err != nil {
		return caSource{}, fmt.Errorf("read the CA fields of %s %q: %w", store.GetKind(), store.GetName(), err)
	}
	return source, nil
}

func (s caSource) empty() bool {
	return len(s.CABundle) == 0 && s.CAProvider == nil
}

// fetch returns the CA as PEM. Only an inline caBundle is checked to be that, here as in later versions.
func (s caSource) fetch(ctx context.Context, store esv1.GenericStore, kube client.Client, namespace string) ([]byte, error) {
	return esutils.FetchCACertFromSource(ctx, esutils.CreateCertOpts{
		CABundle:   s.CABundle,
		CAProvider: s.CAProvider,
		StoreKind:  store.GetKind(),
		Namespace:  namespace,
		Client:     kube,
	})
}
