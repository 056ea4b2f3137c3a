package preflight

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

var (
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	clusterWide = map[string]bool{
		"CustomResourceDefinition": true, "ClusterRole": true, "ClusterRoleBinding": true, "ValidatingWebhookConfiguration": true,
		"MutatingWebhookConfiguration": true, "Namespace": true, "PriorityClass": true, "APIService": true,
	}
)

// The codes that decide how a run ends.
const (
	missingRight cause.Code = "EI239"
	cannotGrant  cause.Code = "EI265"
)

// ResourceOf is where the API server keeps objects of that kind, and whether they live in a namespace. The kinds of ESO's chart are regular.
func ResourceOf(obj *unstructured.Unstructured) (resource schema.GroupVersionResource, namespaced bool) {
	resource, _ = meta.UnsafeGuessKindToResource(obj.GroupVersionKind())
	return resource, !clusterWide[obj.GetKind()]
}

// NameOf is an object as kubectl writes it.
func NameOf(obj *unstructured.Unstructured) string {
	return strings.ToLower(obj.GetKind()) + "/" + obj.GetName()
}
