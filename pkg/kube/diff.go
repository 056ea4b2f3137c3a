package kube

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// kept are the fields that the API server and controllers keep: they are not what somebody wants of the object.
var kept = [][]string{
	{"status"}, {"metadata", "managedFields"}, {"metadata", "resourceVersion"}, {"metadata", "uid"}, {"metadata", "generation"},
	{"metadata", "creationTimestamp"}, {"metadata", "selfLink"}, {"metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"},
}

// Diff shows in the unified form how the fields of an object differ, or is empty. Before is nil for an object that is new, which is shown
// whole. The values of a Secret are never shown: only that there is one.
func Diff(before, after *unstructured.Unstructured) (string, error) {
	from, err := shown(before)
	if err != nil {
		return "", err
	}
	to, err := shown(after)
	if err != nil || from == to {
		return "", err
	}
	name := strings.ToLower(after.GetKind()) + "/" + after.GetName()
	text, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{A: lines(from), B: lines(to),
		FromFile: name + " in the cluster", ToFile: name + " as applied", Context: 3})
	if err != nil {
		return "", fmt.Errorf("compare %s: %w", name, err)
	}
	return text, nil
}

// lines are those of a text that ends with one.
func lines(text string) []string {
	return slices.DeleteFunc(strings.SplitAfter(text, "\n"), func(line string) bool { return line == "" })
}

// shown are the object's fields in YAML, in the order of their names.
func shown(obj *unstructured.Unstructured) (string, error) {
	if obj == nil {
		return "", nil
	}
	object := obj.DeepCopy()
	for _, path := range kept {
		unstructured.RemoveNestedField(object.Object, path...)
	}
	if len(object.GetAnnotations()) == 0 {
		unstructured.RemoveNestedField(object.Object, "metadata", "annotations")
	}
	if object.GetKind() == "Secret" {
		for _, field := range []string{"data", "stringData"} {
			hide(object.Object[field])
		}
	}
	text, err := yaml.Marshal(object.Object)
	if err != nil {
		return "", fmt.Errorf("write %s %s as YAML: %w", obj.GetKind(), obj.GetName(), err)
	}
	return string(text), nil
}

func hide(values any) {
	if all, ok := values.(map[string]any); ok {
		for name := range all {
			all[name] = "(not shown)"
		}
	}
}
