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
func (f *Factory) Cluster() (Cluster, error) { return connect(f.Connection) }

func connect(connection *kube.Connection) (c Cluster, err error) {
	c.Namespace = *connection.Flags.Namespace
	if c.Dynamic, err = connection.Dynamic(); err != nil {
		return c, err
	}
	if c.Typed, err = connection.Typed(); err != nil {
		return c, err
	}
	if c.Metadata, err = connection.Metadata(); err != nil {
		return c, err
	}
	if c.Lookout, err = connection.Lookout(); err != nil {
		return c, err
	}
	c.Releases, err = helm.NewClient(connection.Flags, c.Namespace)
	return c, err
}
