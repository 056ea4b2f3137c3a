package kube

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func widget(size string, change ...func(*unstructured.Unstructured)) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "example.com/v1", "kind": "Widget", "metadata": map[string]any{"name": "w"},
		"spec": map[string]any{"colour": "red", "size": size}}}
	for _, c := range change {
		c(o)
	}
	return o
}

func TestDiff(t *testing.T) {
	served := func(o *unstructured.Unstructured) {
		o.SetResourceVersion("12")
		o.SetGeneration(3)
		o.SetUID("x")
		o.SetAnnotations(map[string]string{"kubectl.kubernetes.io/last-applied-configuration": "{}"})
		o.Object["status"] = map[string]any{"ready": "yes"}
	}
	tests := []struct {
		name          string
		before, after *unstructured.Unstructured
		want          string
	}{
		{"nothing", widget("1"), widget("1"), ""},
		{"what the server keeps", widget("1"), widget("1", served), ""},
		{"one field", widget("1", served), widget("2"), `--- widget/w in the cluster
+++ widget/w as applied
@@ -4,4 +4,4 @@
   name: w
 spec:
   colour: red
-  size: "1"
+  size: "2"
`},
		{"an object that is new", nil, widget("1"), `--- widget/w in the cluster
+++ widget/w as applied
@@ -0,0 +1,7 @@
+apiVersion: example.com/v1
+kind: Widget
+metadata:
+  name: w
+spec:
+  colour: red
+  size: "1"
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Diff(tt.before, tt.after)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDiffShowsNoValueOfASecret(t *testing.T) {
	secret := func(value string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "s"},
			"data": map[string]any{"k": value}, "stringData": map[string]any{"l": value}}}
	}
	got, err := Diff(nil, secret("canary"))
	if err != nil || strings.Contains(got, "canary") || !strings.Contains(got, "k: (not shown)") {
		t.Errorf("%v: %s", err, got)
	}
	if got, err := Diff(secret("one"), secret("two")); err != nil || got != "" {
		t.Errorf("%v: %s", err, got)
	}
}
