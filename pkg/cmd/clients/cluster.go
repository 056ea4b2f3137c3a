package clients

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Cluster is every way to look at a cluster and to change it.
type Cluster struct {
	// Namespace is ESO's.
	Namespace string
	Dynamic   dynamic.Interface
	Typed     kubernetes.Interface
	// Metadata reads nothing of objects but their metadata.
	Metadata func(resource schema.GroupVersionResource, namespace string) kube.Reader
	Lookout  kube.Lookout
	Releases *helm.Client
}

// Cluster connects.
func (f *Factory) Cluster() (c Cluster, err error) {
	c.Namespace = *f.Connection.Flags.Namespace
	if c.Dynamic, err = f.Connection.Dynamic(); err != nil {
		return c, err
	}
	if c.Typed, err = f.Connection.Typed(); err != nil {
		return c, err
	}
	if c.Metadata, err = f.Connection.Metadata(); err != nil {
		return c, err
	}
	if c.Lookout, err = f.Connection.Lookout(); err != nil {
		return c, err
	}
	c.Releases, err = helm.NewClient(f.Connection.Flags, c.Namespace)
	return c, err
}
