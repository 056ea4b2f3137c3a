package eso

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Keys of the objects that a store refers to.
const (
	ClientIDKey     = "clientId"
	ClientSecretKey = "clientSecret"
	CAKey           = "ca.crt"
)

// Store is a ClusterSecretStore for Infisical with universal auth.
type Store struct {
	Name                             string
	Host, Project, Environment, Path string
	// Credentials is the Secret with the client ID and secret; CA the ConfigMap with the server's CA, empty for none.
	Credentials, CA Reference
	// Recursive and NoExpand mirror the store's fields of like names; the product's own stores leave both off.
	Recursive, NoExpand bool
	// Unread says what of a store that others made this program cannot follow, or is empty.
	Unread string
}

// cloudHost is where a store without an address leads.
const cloudHost = "https://app.infisical.com"

// Reference names an object. A ClusterSecretStore has no namespace of its own, so every reference carries one.
type Reference struct{ Namespace, Name string }

// Object renders the store as the API server takes it.
func (s Store) Object() *unstructured.Unstructured {
	key := func(name string) map[string]any {
		return map[string]any{"name": s.Credentials.Name, "namespace": s.Credentials.Namespace, "key": name}
	}
	infisical := map[string]any{
		"hostAPI": s.Host,
		"auth": map[string]any{"universalAuthCredentials": map[string]any{
			"clientId": key(ClientIDKey), "clientSecret": key(ClientSecretKey),
		}},
		"secretsScope": map[string]any{
			"projectSlug": s.Project, "environmentSlug": s.Environment, "secretsPath": s.Path,
		},
	}
	if s.CA.Name != "" {
		infisical["caProvider"] = map[string]any{
			"type": "ConfigMap", "name": s.CA.Name, "namespace": s.CA.Namespace, "key": CAKey,
		}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": group + "/" + version,
		"kind":       "ClusterSecretStore",
		"metadata":   map[string]any{"name": s.Name, "labels": map[string]any{kube.ManagedByLabel: kube.FieldManager}},
		"spec":       map[string]any{"provider": map[string]any{"infisical": infisical}},
	}}
}

// ReadStore reads a store back. It reports false for a store of another provider or another way to log in.
func ReadStore(obj *unstructured.Unstructured) (Store, bool) {
	spec, found, _ := unstructured.NestedMap(obj.Object, "spec", "provider", "infisical")
	if !found {
		return Store{}, false
	}
	text := func(path ...string) string {
		s, _, _ := unstructured.NestedString(spec, path...)
		return s
	}
	s := Store{
		Name: obj.GetName(), Host: text("hostAPI"), Project: text("secretsScope", "projectSlug"),
		Environment: text("secretsScope", "environmentSlug"), Path: text("secretsScope", "secretsPath"),
		Credentials: Reference{text("auth", "universalAuthCredentials", "clientSecret", "namespace"),
			text("auth", "universalAuthCredentials", "clientSecret", "name")},
	}
	if text("caProvider", "type") == "ConfigMap" {
		s.CA = Reference{text("caProvider", "namespace"), text("caProvider", "name")}
	}
	if s.Path == "" {
		s.Path = "/"
	}
	if s.Host == "" {
		s.Host = cloudHost
	}
	switch {
	case text("caBundle") != "", text("caProvider", "type") == "Secret":
		s.Unread = "its CA certificate is not in a ConfigMap"
	case s.CA.Name != "" && text("caProvider", "key") != CAKey:
		s.Unread = "its CA certificate is not under the key " + CAKey
	case text("auth", "universalAuthCredentials", "clientId", "key") != ClientIDKey,
		text("auth", "universalAuthCredentials", "clientSecret", "key") != ClientSecretKey,
		text("auth", "universalAuthCredentials", "clientId", "name") != s.Credentials.Name:
		s.Unread = "its credentials are not under the keys " + ClientIDKey + " and " + ClientSecretKey + " of one Secret"
	}
	s.Recursive, _, _ = unstructured.NestedBool(spec, "secretsScope", "recursive")
	if expand, set, _ := unstructured.NestedBool(spec, "secretsScope", "expandSecretReferences"); set {
		s.NoExpand = !expand
	}
	return s, s.Credentials.Name != ""
}
