// Package crds knows custom resource definitions: what a newer set of them takes away from a cluster, which objects are still kept in a
// version that goes, and how those are rewritten. It knows nothing of who installs them.
package crds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Resource selects the definitions themselves.
var Resource = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// The annotation by which Helm leaves an object in the cluster that it would delete.
const (
	keepAnnotation = "helm.sh/resource-policy"
	keepPolicy     = "keep"
)

// atOnce bounds the requests that are under way at a time.
const atOnce = 8

// Definition is one custom resource definition, in the cluster or in a manifest.
type Definition struct {
	// Name is PLURAL.GROUP.
	Name, Group, Plural, Kind string
	Namespaced                bool
	Versions                  []Version
	// Stored are the versions that objects in etcd may have; a definition in a manifest has none.
	Stored []string
	// Kept means that Helm leaves it in the cluster.
	Kept bool
}

// Version is one version of a definition's kind.
type Version struct {
	Name            string
	Served, Storage bool
	schema          *apiextensionsv1.JSONSchemaProps
}

// InCluster reads the definitions whose group ends in suffix, sorted by name; names reads the metadata of all definitions.
func InCluster(ctx context.Context, client dynamic.Interface, names kube.Reader, suffix string) ([]Definition, error) {
	var wanted []string
	err := kube.EachPage(ctx, names, metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for _, obj := range page {
			if strings.HasSuffix(obj.GetName(), suffix) {
				wanted = append(wanted, obj.GetName())
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list custom resource definitions: %w", err)
	}
	found := make([]Definition, len(wanted))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, name := range wanted {
		group.Go(func() (err error) {
			found[i], err = read(ctx, client, name)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	sortByName(found)
	return found, nil
}

func read(ctx context.Context, client dynamic.Interface, name string) (Definition, error) {
	obj, err := client.Resource(Resource).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return Definition{}, fmt.Errorf("read custom resource definition %s: %w", name, err)
	}
	return fromObject(obj)
}

func fromObject(obj *unstructured.Unstructured) (Definition, error) {
	var crd apiextensionsv1.CustomResourceDefinition
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &crd); err != nil {
		return Definition{}, fmt.Errorf("read custom resource definition %s: %w", obj.GetName(), err)
	}
	return newDefinition(&crd), nil
}

// Among reads the definitions among the objects of a chart or release, sorted by name.
func Among(objects []*unstructured.Unstructured) ([]Definition, error) {
	var found []Definition
	for _, obj := range objects {
		if obj.GetKind() != "CustomResourceDefinition" {
			continue
		}
		d, err := fromObject(obj)
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	sortByName(found)
	return found, nil
}

func sortByName(definitions []Definition) {
	slices.SortFunc(definitions, func(a, b Definition) int { return cmp.Compare(a.Name, b.Name) })
}

func newDefinition(crd *apiextensionsv1.CustomResourceDefinition) Definition {
	d := Definition{Name: crd.Name, Group: crd.Spec.Group, Plural: crd.Spec.Names.Plural, Kind: crd.Spec.Names.Kind,
		Namespaced: crd.Spec.Scope == apiextensionsv1.NamespaceScoped, Stored: crd.Status.StoredVersions,
		Kept: crd.Annotations[keepAnnotation] == keepPolicy}
	for _, v := range crd.Spec.Versions {
		version := Version{Name: v.Name, Served: v.Served, Storage: v.Storage}
		if v.Schema != nil {
			version.schema = v.Schema.OpenAPIV3Schema
		}
		d.Versions = append(d.Versions, version)
	}
	return d
}

// Version finds a version by its name.
func (d Definition) Version(name string) (Version, bool) {
	i := slices.IndexFunc(d.Versions, func(v Version) bool { return v.Name == name })
	if i < 0 {
		return Version{}, false
	}
	return d.Versions[i], true
}

// Storage is the version that objects are written to etcd in.
func (d Definition) Storage() string {
	i := slices.IndexFunc(d.Versions, func(v Version) bool { return v.Storage })
	if i < 0 {
		return ""
	}
	return d.Versions[i].Name
}

// Readable is how a client reads and writes the objects: in the storage version if that is served, else in any that is. It reports false
// where none is.
func (d Definition) Readable() (schema.GroupVersionResource, bool) {
	for _, wanted := range []func(Version) bool{
		func(v Version) bool { return v.Served && v.Storage },
		func(v Version) bool { return v.Served },
	} {
		if i := slices.IndexFunc(d.Versions, wanted); i >= 0 {
			return schema.GroupVersionResource{Group: d.Group, Version: d.Versions[i].Name, Resource: d.Plural}, true
		}
	}
	return schema.GroupVersionResource{}, false
}

func find(definitions []Definition, name string) (Definition, bool) {
	i := slices.IndexFunc(definitions, func(d Definition) bool { return d.Name == name })
	if i < 0 {
		return Definition{}, false
	}
	return definitions[i], true
}
