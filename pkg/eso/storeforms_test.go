package eso

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestASecretStoreHasNoNamespaceInItsReferences(t *testing.T) {
	s := Store{Namespace: "n", Name: "s", Host: "https://h", Project: "p", Environment: "e", Path: "/", Auth: UniversalAuth,
		Credentials: Reference{"n", "c"}, CA: CASource{Reference: Reference{"n", "ca"}}, Recursive: true, NoExpand: true, Organization: "o"}
	obj := s.Object()
	for _, path := range [][]string{{"caProvider"}, {"auth", "universalAuthCredentials", "clientId"}, {"auth", "universalAuthCredentials", "clientSecret"}} {
		ref, found, _ := unstructured.NestedMap(obj.Object, append([]string{"spec", "provider", "infisical"}, path...)...)
		if _, has := ref["namespace"]; has || !found {
			t.Errorf("%v is %v", path, ref)
		}
	}
	back, ok := ReadStore(obj)
	if diff := cmp.Diff(s, back); diff != "" || !ok {
		t.Errorf("read back (%t): %s", ok, diff)
	}
}

func TestLimits(t *testing.T) {
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"team": "x"}}
	tests := []struct {
		name  string
		store Store
		want  []any
		open  bool
	}{
		{"none", Store{}, nil, true},
		{"names", Store{Namespaces: []string{"a"}}, []any{map[string]any{"namespaces": []any{"a"}}}, false},
		{"both", Store{Namespaces: []string{"a"}, Selector: selector}, []any{map[string]any{"namespaces": []any{"a"}},
			map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{"team": "x"}}}}, false},
		{"others' own", Store{Conditions: []any{map[string]any{"namespaceRegexes": []any{"x"}}}}, []any{map[string]any{"namespaceRegexes": []any{"x"}}}, false},
		{"taken back", Store{Conditions: []any{}}, []any{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found, _ := unstructured.NestedSlice(tt.store.Object().Object, "spec", "conditions")
			if diff := cmp.Diff(tt.want, got); diff != "" || found != (tt.want != nil) || tt.store.Open() != tt.open {
				t.Errorf("open %t: %s", tt.store.Open(), diff)
			}
		})
	}
	if (Store{Namespace: "n"}).Open() {
		t.Error("a SecretStore is called open")
	}
}
