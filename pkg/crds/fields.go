package crds

import (
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// How a path goes through a list and through a map of any keys.
const (
	eachItem = "[]"
	anyKey   = "*"
)

// lost are the fields of one schema that another does not know, which are pruned from every object that is written. Of a field that goes as
// a whole, those below are not named.
func lost(before, after *apiextensionsv1.JSONSchemaProps) []string {
	var paths []string
	compare("", before, after, &paths)
	slices.Sort(paths)
	return paths
}

func compare(path string, before, after *apiextensionsv1.JSONSchemaProps, paths *[]string) {
	if before == nil || after == nil || after.XPreserveUnknownFields != nil && *after.XPreserveUnknownFields {
		return
	}
	for name, field := range before.Properties {
		at := join(path, name)
		if next, known := after.Properties[name]; known {
			compare(at, &field, &next, paths)
		} else if other := after.AdditionalProperties; other == nil || other.Schema == nil && !other.Allows {
			*paths = append(*paths, at)
		}
	}
	if before.Items != nil && after.Items != nil {
		compare(join(path, eachItem), before.Items.Schema, after.Items.Schema, paths)
	}
	if before.AdditionalProperties != nil && after.AdditionalProperties != nil {
		compare(join(path, anyKey), before.AdditionalProperties.Schema, after.AdditionalProperties.Schema, paths)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Uses reports whether the object has a field, named as in Change.FieldsRemoved.
func Uses(obj *unstructured.Unstructured, path string) bool {
	return has(obj.Object, strings.Split(path, "."))
}

func has(value any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	switch v := value.(type) {
	case []any:
		return path[0] == eachItem && slices.ContainsFunc(v, func(item any) bool { return has(item, path[1:]) })
	case map[string]any:
		if below, found := v[path[0]]; found {
			return has(below, path[1:])
		}
		if path[0] != anyKey {
			return false
		}
		for _, below := range v {
			if has(below, path[1:]) {
				return true
			}
		}
	}
	return false
}
