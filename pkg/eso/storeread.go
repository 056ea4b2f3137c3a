package eso

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// ReadStore reads a store back. It reports false for a store of another provider or another way to log in, and for one that only tries
// credentials out.
func ReadStore(obj *unstructured.Unstructured) (Store, bool) {
	spec, found, _ := unstructured.NestedMap(obj.Object, "spec", "provider", "infisical")
	if !found || obj.GetLabels()[PurposeLabel] == ProbePurpose {
		return Store{}, false
	}
	text := func(path ...string) string {
		s, _, _ := unstructured.NestedString(spec, path...)
		return s
	}
	s := Store{
		Namespace: obj.GetNamespace(), Name: obj.GetName(), Host: text("hostAPI"), Project: text("secretsScope", "projectSlug"),
		Environment: text("secretsScope", "environmentSlug"), Path: text("secretsScope", "secretsPath"),
	}
	s.Auth, s.Credentials = readAuth(text)
	s.CA = CASource{Reference{text("caProvider", "namespace"), text("caProvider", "name")}, text("caProvider", "type") == "Secret"}
	if s.Namespace != "" {
		s.Credentials.Namespace = s.Namespace
		if s.CA.Name != "" {
			s.CA.Namespace = s.Namespace
		}
	}
	if s.Path == "" {
		s.Path = "/"
	}
	if s.Host == "" {
		s.Host = cloudHost
	}
	s.Unread = s.unread(text)
	s.Organization = text("secretsScope", "organizationSlug")
	s.Conditions, _, _ = unstructured.NestedSlice(obj.Object, "spec", "conditions")
	s.Recursive, _, _ = unstructured.NestedBool(spec, "secretsScope", "recursive")
	if expand, set, _ := unstructured.NestedBool(spec, "secretsScope", "expandSecretReferences"); set {
		s.NoExpand = !expand
	}
	return s, s.Credentials.Name != ""
}

func readAuth(text func(...string) string) (Auth, Reference) {
	ref := func(path ...string) Reference {
		at := func(name string) string { return text(append(append([]string{"auth"}, path...), name)...) }
		return Reference{at("namespace"), at("name")}
	}
	if r := ref(kubernetesAuthField, "identityId"); r.Name != "" {
		return KubernetesAuth, r
	}
	return UniversalAuth, ref(universalAuthField, "clientSecret")
}

// unread says what of the store this program cannot follow, or nothing.
func (s Store) unread(text func(...string) string) string {
	universal := func(field, part string) string { return text("auth", universalAuthField, field, part) }
	switch {
	case text("caBundle") != "":
		return "its CA certificate is written into the store itself (caBundle)"
	case s.CA.Name != "" && text("caProvider", "key") != CAKey:
		return "its CA certificate is not under the key " + CAKey
	case s.Auth == KubernetesAuth && text("auth", kubernetesAuthField, "identityId", "key") != IdentityKey:
		return "the ID of its machine identity is not under the key " + IdentityKey
	case s.Auth == KubernetesAuth:
		return ""
	case universal("clientId", "key") != ClientIDKey, universal("clientSecret", "key") != ClientSecretKey,
		universal("clientId", "name") != s.Credentials.Name:
		return "its credentials are not under the keys " + ClientIDKey + " and " + ClientSecretKey + " of one Secret"
	}
	return ""
}
