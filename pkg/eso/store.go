package eso

import (
	"encoding/base64"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

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

// Store is a ClusterSecretStore for Infisical, or a SecretStore if it has a namespace.
type Store struct {
	Namespace, Name                  string
	Host, Project, Environment, Path string
	// Auth is how the store logs in; empty stands for UniversalAuth.
	Auth Auth
	// Credentials is the Secret with the client ID and secret, or with the identity's ID for KubernetesAuth.
	Credentials Reference
	// CA is what holds the server's CA, empty for none.
	CA CASource
	// CABundle is the server's CA in PEM form, for a store that has no object to refer to.
	CABundle []byte
	// Organization is the slug of the organisation to log in to, empty for the identity's own.
	Organization string
	// Namespaces are those that may use a ClusterSecretStore, and Selector the labels of such; nothing of both means all.
	Namespaces []string
	Selector   *metav1.LabelSelector
	// Conditions say the same in ESO's own form, and win where they are not nil. That is how they are read back, since others may have
	// written more.
	Conditions []any
	// Recursive and NoExpand mirror the store's fields of like names.
	Recursive, NoExpand bool
	// Unread says what of a store that others made this program cannot follow, or is empty.
	Unread string
}

// cloudHost is where a store without an address leads.
const cloudHost = "https://app.infisical.com"

// Reference names an object. A ClusterSecretStore has no namespace of its own, so every reference carries one; a SecretStore must not, and
// what it refers to is in its own namespace.
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
		"hostAPI":      s.Host,
		"auth":         s.auth(),
		"secretsScope": s.scope(),
	}
	if s.CA.Name != "" {
		infisical["caProvider"] = s.refer(map[string]any{"type": s.CA.Kind(), "name": s.CA.Name, "key": CAKey}, s.CA.Reference)
	}
	if len(s.CABundle) > 0 {
		infisical["caBundle"] = base64.StdEncoding.EncodeToString(s.CABundle)
	}
	spec := map[string]any{"provider": map[string]any{"infisical": infisical}}
	if conditions := s.conditions(); conditions != nil {
		spec["conditions"] = conditions
	}
	metadata := map[string]any{"name": s.Name, "labels": map[string]any{kube.ManagedByLabel: kube.FieldManager}}
	if s.Namespace != "" {
		metadata["namespace"] = s.Namespace
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": group + "/" + version, "kind": s.Kind(), "metadata": metadata, "spec": spec,
	}}
}

// scope leaves out what not every version of ESO knows, unless it is needed.
func (s Store) scope() map[string]any {
	scope := map[string]any{"projectSlug": s.Project, "environmentSlug": s.Environment, "secretsPath": s.Path,
		"recursive": s.Recursive, "expandSecretReferences": !s.NoExpand}
	if s.Organization != "" {
		scope["organizationSlug"] = s.Organization
	}
	return scope
}

// conditions are alternatives to ESO: a namespace that one of them names or selects may use the store.
func (s Store) conditions() []any {
	if s.Conditions != nil {
		return s.Conditions
	}
	var conditions []any
	if len(s.Namespaces) > 0 {
		conditions = append(conditions, map[string]any{"namespaces": anySlice(s.Namespaces)})
	}
	if s.Selector != nil {
		// A selector is made of maps, lists and texts alone, which always convert.
		selector, _ := runtime.DefaultUnstructuredConverter.ToUnstructured(s.Selector)
		conditions = append(conditions, map[string]any{"namespaceSelector": selector})
	}
	return conditions
}

// Open reports whether every namespace may use the store.
func (s Store) Open() bool { return s.Namespace == "" && len(s.conditions()) == 0 }

// refer adds the namespace that is referred to, where the store's kind allows one.
func (s Store) refer(to map[string]any, ref Reference) map[string]any {
	if s.Namespace == "" {
		to["namespace"] = ref.Namespace
	}
	return to
}

func (s Store) auth() map[string]any {
	key := func(name string) map[string]any {
		return s.refer(map[string]any{"name": s.Credentials.Name, "key": name}, s.Credentials)
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
