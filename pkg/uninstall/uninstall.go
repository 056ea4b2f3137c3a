// Package uninstall removes External Secrets Operator from a cluster without losing what was not to be lost: it first plans, with everything
// that goes and everything that uses it, then removes in the one order that does not hang, and at last looks whether anything is left.
package uninstall

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Releases is what is needed of Helm.
type Releases interface {
	Content(name string) (helm.Content, error)
	Uninstall(ctx context.Context, name string) error
}

// Options say how much goes.
type Options struct {
	// KeepSecrets takes the Secrets that ExternalSecrets own from them before they are deleted, so that the Secrets stay.
	KeepSecrets bool
	// DeleteCRDs deletes the custom resource definitions, too.
	DeleteCRDs bool
	// KeepCredentials leaves the Secrets and ConfigMaps that this program made.
	KeepCredentials bool
	// IgnoreUnknown goes on although not everything that would be lost may be read.
	IgnoreUnknown bool
	// ForceFinalizers takes ESO's finalizers from its objects where no controller runs that would.
	ForceFinalizers bool
}

// Uninstaller works on one release in one cluster.
type Uninstaller struct {
	Options
	Namespace, Release string

	Dynamic  dynamic.Interface
	Typed    kubernetes.Interface
	Releases Releases
	// Metadata reads nothing of the objects but their metadata; an empty namespace stands for all.
	Metadata func(resource schema.GroupVersionResource, namespace string) kube.Reader
	// Inhabitants finds all that is in a namespace.
	Inhabitants func(ctx context.Context, namespace string) (kube.Inhabitants, error)
	// Progress receives one line whenever what is waited for changes.
	Progress func(string)
}

// Kubernetes' own resources that are read and deleted.
var (
	secretsResource         = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	configMapsResource      = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	serviceAccountsResource = schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
	namespacesResource      = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	bindingsResource        = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"}
	definitionsResource     = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	webhooksResource        = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}
)
