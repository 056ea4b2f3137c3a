package crds

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// versions builds a definition of widgets; each version is name, "served", "storage" or both.
type version struct {
	name            string
	served, storage bool
	schema          string
}

func definition(t *testing.T, stored []string, versions ...version) Definition {
	t.Helper()
	return newDefinitionFrom(t, object(t, stored, versions...))
}

func newDefinitionFrom(t *testing.T, obj *unstructured.Unstructured) Definition {
	t.Helper()
	d, err := fromObject(obj)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func object(t *testing.T, stored []string, versions ...version) *unstructured.Unstructured {
	t.Helper()
	obj := clustertest.Object(t, `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.io}
spec: {group: example.io, scope: Namespaced, names: {plural: widgets, kind: Widget}}`)
	var all []any
	for _, v := range versions {
		one := map[string]any{"name": v.name, "served": v.served, "storage": v.storage}
		if v.schema != "" {
			one["schema"] = map[string]any{"openAPIV3Schema": clustertest.Object(t, v.schema).Object}
		}
		all = append(all, one)
	}
	obj.Object["spec"].(map[string]any)["versions"] = all
	var kept []any
	for _, v := range stored {
		kept = append(kept, v)
	}
	obj.Object["status"] = map[string]any{"storedVersions": kept}
	return obj
}

func TestCompareVersions(t *testing.T) {
	v1, v1beta1 := version{name: "v1", served: true, storage: true}, version{name: "v1beta1", served: true}
	unserved := version{name: "v1beta1"}
	old := version{name: "v1beta1", served: true, storage: true}
	tests := []struct {
		name          string
		stored        []string
		before, after []version
		want          Change
	}{
		{"nothing changes", []string{"v1"}, []version{v1, unserved}, []version{v1, unserved}, Change{}},
		{"a version is no longer served, and nothing is stored in it", []string{"v1"}, []version{v1, v1beta1}, []version{v1, unserved},
			Change{VersionsUnserved: []string{"v1beta1"}}},
		{"objects are stored in what is no longer served", []string{"v1beta1", "v1"}, []version{v1, v1beta1}, []version{v1, unserved},
			Change{VersionsUnserved: []string{"v1beta1"}, Migrate: []string{"v1beta1"}}},
		{"objects are stored in what was not served before either", []string{"v1beta1", "v1"}, []version{v1, unserved}, []version{v1, unserved},
			Change{Migrate: []string{"v1beta1"}}},
		{"objects are stored in what goes", []string{"v1beta1", "v1"}, []version{v1, unserved}, []version{v1},
			Change{VersionsRemoved: []string{"v1beta1"}, Migrate: []string{"v1beta1"}}},
		{"objects are still written in what is no longer served", []string{"v1beta1"}, []version{old}, []version{v1, unserved},
			Change{VersionsUnserved: []string{"v1beta1"}, MigrateLater: []string{"v1beta1"}}},
		{"objects are still written in what goes", []string{"v1beta1"}, []version{old}, []version{v1},
			Change{VersionsRemoved: []string{"v1beta1"}, Blocked: "the cluster stores objects as v1beta1, which the new definition does not have"}},
		{"nothing is served to rewrite them in", []string{"v1beta1", "v1"}, []version{{name: "v1", storage: true}, unserved}, []version{v1},
			Change{VersionsRemoved: []string{"v1beta1"}, Blocked: "objects may be stored as v1beta1, and no version is served in which they could be rewritten"}},
		{"both stay served", []string{"v1beta1", "v1"}, []version{v1, v1beta1}, []version{v1, v1beta1}, Change{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Compare([]Definition{definition(t, tt.stored, tt.before...)}, []Definition{definition(t, nil, tt.after...)})
			if len(got) != 1 {
				t.Fatalf("%d changes", len(got))
			}
			c := got[0]
			c.Definition, c.After, c.FieldsRemoved = Definition{}, Definition{}, nil
			if diff := cmp.Diff(tt.want, c); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCompareDefinitionsThatOnlyOneSideHas(t *testing.T) {
	d := definition(t, []string{"v1"}, version{name: "v1", served: true, storage: true})
	if got := Compare(nil, []Definition{d}); len(got) != 1 || !got[0].New {
		t.Errorf("only the chart has it: %+v", got)
	}
	if got := Compare([]Definition{d}, nil); len(got) != 0 {
		t.Errorf("only the cluster has it: %+v", got)
	}
}

const schemaBefore = `
type: object
properties:
  spec:
    type: object
    properties:
      gone: {type: object, properties: {below: {type: string}}}
      stays: {type: string}
      list: {type: array, items: {type: object, properties: {a: {type: string}, b: {type: string}}}}
      map: {type: object, additionalProperties: {type: object, properties: {c: {type: string}}}}
      free: {type: object, properties: {d: {type: string}}}
      named: {type: object, properties: {e: {type: string}}}`

const schemaAfter = `
type: object
properties:
  spec:
    type: object
    properties:
      stays: {type: string}
      added: {type: string}
      list: {type: array, items: {type: object, properties: {a: {type: string}}}}
      map: {type: object, additionalProperties: {type: object, properties: {}}}
      free: {type: object, x-kubernetes-preserve-unknown-fields: true}
      named: {type: object, additionalProperties: {type: string}}`

func TestFieldsThatGo(t *testing.T) {
	before := definition(t, nil, version{"v1", true, true, schemaBefore})
	after := definition(t, nil, version{"v1", true, true, schemaAfter})
	want := map[string][]string{"v1": {"spec.gone", "spec.list.[].b", "spec.map.*.c"}}
	if diff := cmp.Diff(want, Compare([]Definition{before}, []Definition{after})[0].FieldsRemoved); diff != "" {
		t.Error(diff)
	}
	if got := Compare([]Definition{after}, []Definition{after})[0].FieldsRemoved; len(got) != 0 {
		t.Errorf("the same schema loses %v", got)
	}
	bare := definition(t, nil, version{name: "v1", served: true, storage: true})
	if got := Compare([]Definition{before}, []Definition{bare})[0].FieldsRemoved; len(got) != 0 {
		t.Errorf("without a schema nothing is known to go: %v", got)
	}
}

func TestUses(t *testing.T) {
	obj := clustertest.Object(t, `
kind: Widget
spec:
  gone: {below: x}
  list: [{a: x}, {b: y}]
  map: {any: {c: z}, other: {}}
  empty: null`)
	for path, want := range map[string]bool{
		"spec.gone": true, "spec.gone.below": true, "spec.gone.other": false, "spec.list.[].b": true, "spec.list.[].c": false,
		"spec.list.b": false, "spec.map.*.c": true, "spec.map.*.d": false, "spec.map.any.c": true, "status": false, "spec.gone.below.deeper": false,
	} {
		if got := Uses(obj, path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestUnserved(t *testing.T) {
	before := definition(t, nil, version{name: "v1", served: true, storage: true}, version{name: "v1beta1", served: true}, version{name: "v1alpha1"})
	after := definition(t, nil, version{name: "v1", served: true, storage: true}, version{name: "v1beta1"})
	want := []Unusable{{"example.io/v1beta1", "Widget"}, {"example.io/v1alpha1", "Widget"}}
	if diff := cmp.Diff(want, Unserved(Compare([]Definition{before}, []Definition{after}))); diff != "" {
		t.Error(diff)
	}
}

func TestAmong(t *testing.T) {
	crd := object(t, nil, version{name: "v1", served: true, storage: true})
	crd.SetAnnotations(map[string]string{"helm.sh/resource-policy": "keep"})
	other := clustertest.Object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}")
	got, err := Among([]*unstructured.Unstructured{other, crd})
	if err != nil || len(got) != 1 || !got[0].Kept || !got[0].Namespaced || got[0].Kind != "Widget" || got[0].Storage() != "v1" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReadableVersion(t *testing.T) {
	tests := []struct {
		name     string
		versions []version
		want     string
	}{
		{"the stored one", []version{{name: "v1beta1", served: true}, {name: "v1", served: true, storage: true}}, "v1"},
		{"another, where the stored one is not served", []version{{name: "v1beta1", served: true}, {name: "v1", storage: true}}, "v1beta1"},
		{"none", []version{{name: "v1", storage: true}}, ""},
	}
	for _, tt := range tests {
		got, served := definition(t, nil, tt.versions...).Readable()
		if got.Version != tt.want || served != (tt.want != "") {
			t.Errorf("%s: %v, %v", tt.name, got, served)
		}
	}
}
