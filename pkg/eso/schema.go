package eso

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// crds is where the definitions of custom resources are.
var crds = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// Schema is what the cluster's CRD knows of a store. Its zero value knows nothing.
type Schema struct{ root map[string]any }

// StoreSchema reads the schema of ClusterSecretStores, or of SecretStores, in the version that the product writes. An error without a
// cause is one of reading, such as a missing right.
func StoreSchema(ctx context.Context, client dynamic.Interface, kind string) (Schema, error) {
	name := strings.ToLower(kind) + "s." + group
	what := "read the definition of " + name
	crd, err := client.Resource(crds).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return Schema{}, &cause.Error{Tried: what, Err: err, Cause: cause.NoResources}
	}
	if err != nil {
		return Schema{}, fmt.Errorf("%s: %w", what, err)
	}
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	var served []string
	for _, item := range versions {
		v, _ := item.(map[string]any)
		if v["served"] != true {
			continue
		}
		if v["name"] == version {
			root, _, _ := unstructured.NestedMap(v, "schema", "openAPIV3Schema")
			return Schema{root}, nil
		}
		served = append(served, fmt.Sprint(v["name"]))
	}
	return Schema{}, &cause.Error{Tried: what, Cause: cause.OldResources(version, strings.Join(served, ", "))}
}

// Unknown lists the fields of the object that the schema does not have, as paths with dots. The API server would refuse or drop them.
func (s Schema) Unknown(obj *unstructured.Unstructured) []string {
	var unknown []string
	collect(s.root, obj.Object["spec"], []string{"spec"}, &unknown)
	return unknown
}

func collect(schema map[string]any, value any, path []string, unknown *[]string) {
	schema = property(schema, path[len(path)-1])
	if schema == nil {
		*unknown = append(*unknown, strings.Join(path, "."))
		return
	}
	switch value := value.(type) {
	case map[string]any:
		if schema["additionalProperties"] != nil || schema["x-kubernetes-preserve-unknown-fields"] == true {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			collect(schema, value[name], append(slices.Clone(path), name), unknown)
		}
	case []any:
		items, _ := schema["items"].(map[string]any)
		for _, item := range value {
			fields, _ := item.(map[string]any)
			for _, name := range slices.Sorted(maps.Keys(fields)) {
				collect(items, fields[name], append(slices.Clone(path), name), unknown)
			}
		}
	}
}

func property(schema map[string]any, name string) map[string]any {
	properties, _ := schema["properties"].(map[string]any)
	found, _ := properties[name].(map[string]any)
	return found
}

// Lost lists the fields of applied that the object no longer has after the API server has taken it.
func Lost(applied, taken *unstructured.Unstructured) []string {
	var lost []string
	missing(applied.Object["spec"], taken.Object["spec"], "spec", &lost)
	return lost
}

func missing(applied, taken any, path string, lost *[]string) {
	fields, ok := applied.(map[string]any)
	if !ok {
		return
	}
	held, _ := taken.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		below := path + "." + name
		value, found := held[name]
		if !found {
			*lost = append(*lost, below)
			continue
		}
		missing(fields[name], value, below, lost)
	}
}

// since says with which version of ESO a field of a store came.
var since = []struct{ field, version string }{
	{"caProvider", "1.2.1"}, {"caBundle", "1.2.1"}, {"organizationSlug", "2.7.0"}, {kubernetesAuthField, "0.18.2"},
}

// TooOld is the error of a store with fields that the cluster's ESO does not know.
func TooOld(key StoreKey, fields []string) error {
	for _, known := range since {
		for _, field := range fields {
			if strings.HasSuffix(field, "."+known.field) {
				return &cause.Error{Tried: "write " + key.String(), Cause: cause.FieldTooNew(field, known.version)}
			}
		}
	}
	return &cause.Error{Tried: "write " + key.String(), Cause: cause.FieldTooNew(strings.Join(fields, ", "), "")}
}

// undeclared is how the API server refuses a field of a server-side apply that the schema does not have.
var undeclared = regexp.MustCompile(`\.(spec[A-Za-z0-9_.\[\]]*): field not declared in schema`)

// Undeclared lists the fields that an apply was refused for.
func Undeclared(err error) []string {
	if err == nil {
		return nil
	}
	var fields []string
	for _, m := range undeclared.FindAllStringSubmatch(err.Error(), -1) {
		fields = append(fields, m[1])
	}
	return fields
}
