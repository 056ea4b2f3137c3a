// Package privateca gives the Infisical provider of the External Secrets Operator v0.20.4 the fields caBundle and
// caProvider, which upstream has had since v1.2.1. It is the one place where the sandbox's operator is not upstream's
// own code, and it keeps to what later versions do: the same order of steps, the same texts, the same SDK.
//
// The types of v0.20.4 drop both fields, so the store is read a second time without types. Three differences follow:
//
//   - The webhook sees typed objects only, so it cannot refuse a caProvider whose namespace is missing on a
//     ClusterSecretStore or given on a SecretStore. The controller reports the former itself when it reads the CA
//     ("missing namespace on caProvider secret"); the latter passes.
//   - A store that the controller updates as a whole would lose the fields. It does so only to add a finalizer for a
//     PushSecret that refers to the store.
//   - Stores without the fields, and those that log in by another way than Universal Auth or Kubernetes Auth, are left to
//     upstream's provider as a whole.
//
// A pod of the sandbox is a process of the host, which has no path of a pod's ServiceAccount token. So the provider also looks for
// the token where the node has put it, which it says in TokenDirVariable.
package privateca

import (
	"context"
	"fmt"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	upstream "github.com/external-secrets/external-secrets/pkg/provider/infisical"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Provider is upstream's provider with a CA of one's own.
type Provider struct {
	*upstream.Provider // validates stores and tells the capabilities
}

// Register puts the provider in the place of upstream's.
func Register() {
	esv1.ForceRegister(New(), &esv1.SecretStoreProvider{Infisical: &esv1.InfisicalProvider{}}, esv1.MaintenanceStatusMaintained)
}

// New returns the provider.
func New() Provider {
	return Provider{Provider: &upstream.Provider{}}
}

// NewClient reads the CA, then the credentials, and logs in.
func (p Provider) NewClient(ctx context.Context, store esv1.GenericStore, kube client.Client, namespace string) (esv1.SecretsClient, error) {
	if !logsInHere(store) {
		return p.Provider.NewClient(ctx, store, kube, namespace)
	}
	source, err := readCASource(ctx, store, kube)
	if err != nil {
		return nil, err
	}
	if source.empty() && !usesKubernetesAuth(store) {
		return p.Provider.NewClient(ctx, store, kube, namespace)
	}
	ca, err := source.fetch(ctx, store, kube, namespace)
	if err != nil {
		return nil, fmt.Errorf("failed to get CA certificate: %w", err)
	}
	return logIn(ctx, store, kube, namespace, ca)
}

// logsInHere reports a way to log in that this package knows.
func logsInHere(store esv1.GenericStore) bool {
	spec := store.GetSpec()
	return spec != nil && spec.Provider != nil && spec.Provider.Infisical != nil &&
		(spec.Provider.Infisical.Auth.UniversalAuthCredentials != nil || usesKubernetesAuth(store))
}

// usesKubernetesAuth needs a store for Infisical. Upstream prefers Universal Auth where a store has both.
func usesKubernetesAuth(store esv1.GenericStore) bool {
	spec := store.GetSpec()
	if spec == nil || spec.Provider == nil || spec.Provider.Infisical == nil {
		return false
	}
	auth := spec.Provider.Infisical.Auth
	return auth.UniversalAuthCredentials == nil && auth.KubernetesAuthCredentials != nil
}
