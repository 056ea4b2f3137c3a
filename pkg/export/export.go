// Package export writes the state that a cluster should be in as files for those who deploy by GitOps: plain manifests, Kustomize, Argo CD, Flux.
// The objects are those that "up" applies, to the byte. The credentials are never among them.
package export

import (
	"bytes"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// State is what is exported.
type State struct {
	// Namespace is ESO's, and Release its Helm release's name.
	Namespace, Release string
	Chart              Chart
	// Values are those given for the chart.
	Values map[string]any
	// Authorities are the objects with CAs, and Stores the stores.
	Authorities, Stores []*unstructured.Unstructured
	// Secrets are those with the credentials, which the stores refer to.
	Secrets []Reference
}

// Add adds a store with what it refers to; authority is nil for none. What several stores refer to is there once.
func (s *State) Add(store, authority *unstructured.Unstructured, secret Reference) {
	s.Stores = append(s.Stores, store)
	same := func(held *unstructured.Unstructured) bool {
		return held.GetKind() == authority.GetKind() && held.GetNamespace() == authority.GetNamespace() && held.GetName() == authority.GetName()
	}
	if authority != nil && !slices.ContainsFunc(s.Authorities, same) {
		s.Authorities = append(s.Authorities, authority)
	}
	if !slices.Contains(s.Secrets, secret) {
		s.Secrets = append(s.Secrets, secret)
	}
}

// Reference names an object in a namespace.
type Reference struct{ Namespace, Name string }

// File is one file, with slashes in its path.
type File struct {
	Path    string
	Content []byte
}

// Names of what is written.
const (
	storesFolder    = "stores"
	esoFolder       = "eso"
	credentialsFile = "CREDENTIALS.md"
	kustomization   = "kustomization.yaml"
)

// Plain are the manifests, numbered in the order in which they are to be applied, and the chart's values.
func Plain(s State) ([]File, error) {
	files, err := s.manifests("")
	if err != nil {
		return nil, err
	}
	values, err := document("helm/values.yaml", valuesOf(s)) // not beside the manifests, which kubectl applies by folder
	return append(files, values, s.install(), s.credentials()), err
}

// manifests are the objects of the stores, in files below the folder.
func (s State) manifests(folder string) ([]File, error) {
	var files []File
	for _, one := range []struct {
		name    string
		objects []*unstructured.Unstructured
	}{{"10-ca.yaml", s.Authorities}, {"20-store.yaml", s.Stores}} {
		if len(one.objects) == 0 {
			continue
		}
		var objects []map[string]any
		for _, object := range one.objects {
			objects = append(objects, object.Object)
		}
		file, err := document(folder+one.name, objects...)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// Kustomize are two kustomizations, one for ESO's chart and one for the store, which comes when ESO's definitions are there.
func Kustomize(s State) ([]File, error) {
	files, err := s.kustomized()
	if err != nil {
		return nil, err
	}
	chart := map[string]any{"name": s.Chart.Name, "repo": s.Chart.Repository, "version": s.Chart.Version, "releaseName": s.Release,
		"namespace": s.Namespace, "includeCRDs": true, "valuesFile": "values.yaml"}
	eso, err := document(esoFolder+"/"+kustomization, map[string]any{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
		"namespace": s.Namespace, "resources": []any{"namespace.yaml"}, "helmCharts": []any{chart}})
	if err != nil {
		return nil, err
	}
	values, err := document(esoFolder+"/values.yaml", valuesOf(s))
	if err != nil {
		return nil, err
	}
	namespace, err := document(esoFolder+"/namespace.yaml", namespaceOf(s.Namespace))
	return append(files, eso, values, namespace, s.credentials()), err
}

// kustomized are the manifests of the store in their folder, with a kustomization.
func (s State) kustomized() ([]File, error) {
	files, err := s.manifests(storesFolder + "/")
	if err != nil {
		return nil, err
	}
	var resources []any
	for _, f := range files {
		resources = append(resources, f.Path[len(storesFolder)+1:])
	}
	file, err := document(storesFolder+"/"+kustomization, map[string]any{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources})
	return append(files, file), err
}

func namespaceOf(name string) map[string]any {
	return map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}
}

func valuesOf(s State) map[string]any {
	if s.Values == nil {
		return map[string]any{}
	}
	return s.Values
}

// document writes objects as YAML, one document each.
func document(path string, objects ...map[string]any) (File, error) {
	var b bytes.Buffer
	for i, object := range objects {
		text, err := yaml.Marshal(object)
		if err != nil {
			return File{}, fmt.Errorf("write %s as YAML: %w", path, err)
		}
		if i > 0 {
			b.WriteString("---\n")
		}
		b.Write(text)
	}
	return File{path, b.Bytes()}, nil
}
