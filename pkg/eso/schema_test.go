package eso

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// definition is a CRD that serves one version with a few fields of a store.
func definition(version string, infisical ...string) *unstructured.Unstructured {
	known := map[string]any{"hostAPI": map[string]any{}, "auth": map[string]any{"x-kubernetes-preserve-unknown-fields": true},
		"secretsScope": map[string]any{"additionalProperties": map[string]any{}}}
	for _, field := range infisical {
		known[field] = map[string]any{"additionalProperties": map[string]any{}}
	}
	properties := func(fields map[string]any) map[string]any { return map[string]any{"properties": fields} }
	condition := properties(map[string]any{"namespaces": map[string]any{}})
	spec := properties(map[string]any{"provider": properties(map[string]any{"infisical": properties(known)}), "conditions": map[string]any{"items": condition}})
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": "clustersecretstores.external-secrets.io"},
		"spec": map[string]any{"versions": []any{map[string]any{"name": "v0", "served": false},
			map[string]any{"name": version, "served": true, "schema": map[string]any{"openAPIV3Schema": properties(map[string]any{"spec": spec})}}}}}}
}

func schemaOf(t *testing.T, crd *unstructured.Unstructured) (Schema, error) {
	t.Helper()
	kinds := map[schema.GroupVersionResource]string{crds: "CustomResourceDefinitionList"}
	return StoreSchema(t.Context(), fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, crd), ClusterKind)
}

func TestFieldsThatTheCRDDoesNotHave(t *testing.T) {
	store := Store{Name: "s", Host: "h", Project: "p", Environment: "e", Path: "/", Credentials: Reference{"n", "c"}, CA: CASource{Reference: Reference{"n", "ca"}}, Namespaces: []string{"a"}}
	limited := store
	limited.Conditions = []any{map[string]any{"namespaceRegexes": []any{"x"}}}
	tests := []struct {
		name  string
		crd   *unstructured.Unstructured
		store Store
		want  []string
	}{
		{"all known", definition("v1", "caProvider"), store, nil},
		{"without a CA", definition("v1"), store, []string{"spec.provider.infisical.caProvider"}},
		{"in a list", definition("v1", "caProvider"), limited, []string{"spec.conditions.namespaceRegexes"}},
	}
	for _, tt := range tests {
		s, err := schemaOf(t, tt.crd)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, s.Unknown(tt.store.Object())); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestACRDThatCannotTakeTheStore(t *testing.T) {
	_, err := schemaOf(t, definition("v1beta1"))
	var named *cause.Error
	if !errors.As(err, &named) || named.Cause.Code != "EI207" || !strings.Contains(err.Error(), "v1beta1") {
		t.Errorf("an old version: %v", err)
	}
	other := definition("v1")
	other.SetName("others")
	if _, err := schemaOf(t, other); !errors.As(err, &named) || named.Cause.Code != "EI204" {
		t.Errorf("no CRD: %v", err)
	}
}

func TestTooOldNamesTheVersionAndTheWayOut(t *testing.T) {
	for field, want := range map[string][]string{
		"spec.provider.infisical.caProvider":                    {"1.2.1", "SSL_CERT_DIR"},
		"spec.provider.infisical.secretsScope.organizationSlug": {"2.7.0", "without --organization"},
		"spec.other": {"no field spec.other", "upgrade"},
	} {
		err := TooOld(StoreKey{Name: "s"}, []string{field})
		var named *cause.Error
		if !errors.As(err, &named) || named.Cause.Code != "EI705" {
			t.Fatalf("%s: %v", field, err)
		}
		for _, text := range want {
			if !strings.Contains(named.Cause.Summary+named.Cause.Fix, text) {
				t.Errorf("%s: %+v lacks %q", field, named.Cause, text)
			}
		}
	}
}

func TestFieldsThatDoNotSurvive(t *testing.T) {
	applied := Store{Name: "s", Credentials: Reference{"n", "c"}, CA: CASource{Reference: Reference{"n", "ca"}}}.Object()
	taken := applied.DeepCopy()
	unstructured.RemoveNestedField(taken.Object, "spec", "provider", "infisical", "caProvider")
	if diff := cmp.Diff([]string{"spec.provider.infisical.caProvider"}, Lost(applied, taken)); diff != "" {
		t.Error(diff)
	}
	refused := errors.New(`failed to create typed patch object (/s; external-secrets.io/v1, Kind=ClusterSecretStore): .spec.provider.infisical.caProvider: field not declared in schema`)
	if diff := cmp.Diff([]string{"spec.provider.infisical.caProvider"}, Undeclared(refused)); diff != "" {
		t.Error(diff)
	}
	if Undeclared(nil) != nil || Undeclared(errors.New("x")) != nil {
		t.Error("other errors name fields")
	}
}
