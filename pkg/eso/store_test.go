package eso

import (
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestStoreRoundTrip(t *testing.T) {
	want := Store{Name: "infisical-p", Host: "https://h", Project: "p", Environment: "prod", Path: "/app", Auth: UniversalAuth,
		Credentials: Reference{"external-secrets", "creds"}, CA: CASource{Reference: Reference{"external-secrets", "ca"}}}
	got, ok := ReadStore(want.Object())
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("ok %t: %s", ok, diff)
	}
	want.CA = CASource{}
	if got, _ := ReadStore(want.Object()); got.CA.Name != "" {
		t.Errorf("a store without CA reads back as %+v", got.CA)
	}
}

func TestStoreNamesANamespaceOnEveryReference(t *testing.T) {
	obj := Store{Name: "s", Credentials: Reference{"ns", "c"}, CA: CASource{Reference: Reference{"ns", "ca"}}}.Object()
	base := []string{"spec", "provider", "infisical"}
	for _, path := range [][]string{{"auth", "universalAuthCredentials", "clientId"}, {"auth", "universalAuthCredentials", "clientSecret"}, {"caProvider"}} {
		ns, _, _ := unstructured.NestedString(obj.Object, append(append(base, path...), "namespace")...)
		if ns != "ns" {
			t.Errorf("%v has namespace %q", path, ns)
		}
	}
}

func TestReadStoreOfOthers(t *testing.T) {
	other := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"provider": map[string]any{"vault": map[string]any{}}}}}
	if _, ok := ReadStore(other); ok {
		t.Error("a store of another provider is taken for Infisical's")
	}
	obj := Store{Name: "s"}.Object()
	unstructured.RemoveNestedField(obj.Object, "spec", "provider", "infisical", "auth", "universalAuthCredentials")
	if _, ok := ReadStore(obj); ok {
		t.Error("a store without universal auth is taken for one with it")
	}
}

func TestStoreWithKubernetesAuth(t *testing.T) {
	want := Store{Name: "s", Host: "https://h", Project: "p", Environment: "prod", Path: "/", Auth: KubernetesAuth, Credentials: Reference{"ns", "identity"}}
	obj := want.Object()
	if _, found, _ := unstructured.NestedMap(obj.Object, "spec", "provider", "infisical", "auth", "universalAuthCredentials"); found {
		t.Error("the store has credentials of both kinds")
	}
	got, ok := ReadStore(obj)
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("ok %t: %s", ok, diff)
	}
	if diff := cmp.Diff([]string{"identityId"}, got.CredentialKeys()); diff != "" {
		t.Error(diff)
	}
	_ = unstructured.SetNestedField(obj.Object, "other", "spec", "provider", "infisical", "auth", "kubernetesAuthCredentials", "identityId", "key")
	if got, _ := ReadStore(obj); got.Unread == "" {
		t.Error("an identity's ID under another key is taken as read")
	}
}

func TestStoreForAProbe(t *testing.T) {
	obj := Store{Name: "s", Credentials: Reference{"ns", "c"}, CABundle: []byte("pem"), Namespaces: []string{"nobody"}}.Object()
	bundle, _, _ := unstructured.NestedString(obj.Object, "spec", "provider", "infisical", "caBundle")
	if bundle != base64.StdEncoding.EncodeToString([]byte("pem")) {
		t.Errorf("caBundle = %q", bundle)
	}
	conditions, _, _ := unstructured.NestedSlice(obj.Object, "spec", "conditions")
	if diff := cmp.Diff([]any{map[string]any{"namespaces": []any{"nobody"}}}, conditions); diff != "" {
		t.Error(diff)
	}
	if open := (Store{Name: "s"}).Object(); open.Object["spec"].(map[string]any)["conditions"] != nil {
		t.Error("a store for everyone has conditions")
	}
}
