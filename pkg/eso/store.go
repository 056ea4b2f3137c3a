package eso

import (
	"encoding/base64"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Keys of the objects that a store refers to.
const (
	ClientIDKey     = "clientId"
	ClientSecretKey = "clientSecret"
	IdentityKey     = "identityId"
	CAKey           = "ca.crt"
)

// Auth is how a store logs in to Infisical.
type Auth string

// The ways to log in. KubernetesAuth presents the token of ESO's own ServiceAccount, so that nothing long-lived is kept.
const (
	UniversalAuth  Auth = "universal"
	KubernetesAuth Auth = "kubernetes"
)

// Store is a ClusterSecretStore for Infisical.
type Store struct {
	Name                             string
	Host, Project, Environment, Path string
	// Auth is how the store logs in; empty stands for UniversalAuth.
	Auth Auth
	// Credentials is the Secret with the client ID and secret, or with the identity's ID for KubernetesAuth.
	Credentials Reference
	// CA is what holds the server's CA, empty for none.
	CA CASource
	// CABundle is the server's CA in PEM form, for a store that has no object to refer to.
	CABundle []byte
	// Namespaces are those that may use the store; none means all.
	Namespaces []string
	// Recursive and NoExpand mirror the store's fields of like names; the product's own stores leave both off.
	Recursive, NoExpand bool
	// Unread says what of a store that others made this program cannot follow, or is empty.
	Unread string
}

// cloudHost is where a store without an address leads.
const cloudHost = "https://app.infisical.com"

// Reference names an object. A ClusterSecretStore has no namespace of its own, so every reference carries one.
type Reference struct{ Namespace, Name string }

// CredentialKeys are those of the Secret that the store logs in with.
func (s Store) CredentialKeys() []string {
	if s.Auth == KubernetesAuth {
		return []string{IdentityKey}
	}
	return []string{ClientIDKey, ClientSecretKey}
}

// Object renders the store as the API server takes it.
func (s Store) Object() *unstructured.Unstructured {
	infisical := map[string]any{
		"hostAPI": s.Host,
		"auth":    s.auth(),
		"secretsScope": map[string]any{
			"projectSlug": s.Project, "environmentSlug": s.Environment, "secretsPath": s.Path,
		},
	}
	if s.CA.Name != "" {
		infisical["caProvider"] = map[string]any{
			"type": s.CA.Kind(), "name": s.CA.Name, "namespace": s.CA.Namespace, "key": CAKey,
		}
	}
	if len(s.CABundle) > 0 {
		infisical["caBundle"] = base64.StdEncoding.EncodeToString(s.CABundle)
	}
	spec := map[string]any{"provider": map[string]any{"infisical": infisical}}
	if len(s.Namespaces) > 0 {
		spec["conditions"] = []any{map[string]any{"namespaces": anySlice(s.Namespaces)}}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": group + "/" + version,
		"kind":       "ClusterSecretStore",
		"metadata":   map[string]any{"name": s.Name, "labels": map[string]any{kube.ManagedByLabel: kube.FieldManager}},
		"spec":       spec,
	}}
}

func (s Store) auth() map[string]any {
	key := func(name string) map[string]any {
		return map[string]any{"name": s.Credentials.Name, "namespace": s.Credentials.Namespace, "key": name}
	}
	if s.Auth == KubernetesAuth {
		return map[string]any{kubernetesAuthField: map[string]any{"identityId": key(IdentityKey)}}
	}
	return map[string]any{universalAuthField: map[string]any{"clientId": key(ClientIDKey), "clientSecret": key(ClientSecretKey)}}
}

const (
	universalAuthField  = "universalAuthCredentials"
	kubernetesAuthField = "kubernetesAuthCredentials"
)

func anySlice(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}
