// Package upgrade brings an installed External Secrets Operator to another version without losing anything: it says beforehand what will
// change, backs up, migrates what is stored in versions that go, lets Helm work, and proves that every store and its secrets still work;
// else it goes back. A run that was killed is completed by the next.
package upgrade

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Releases is what an upgrade needs of Helm.
type Releases interface {
	// History lists the revisions that there are, the oldest first; none means that there is no such release.
	History(name string) ([]helm.Release, error)
	// Manifest holds the objects of a revision, Preview those that Upgrade would apply.
	Manifest(name string, revision int) ([]*unstructured.Unstructured, error)
	Preview(ctx context.Context, op helm.Operation) ([]*unstructured.Unstructured, error)
	Upgrade(ctx context.Context, op helm.Operation) (helm.Release, error)
	Rollback(ctx context.Context, name string, revision int) (helm.Release, error)
	Capabilities(ctx context.Context) (helm.Capabilities, error)
	// Objects are the heads of those that any release of the cluster has stored.
	Objects(helm.Stored) ([]helm.Object, error)
}

// Upgrader works on one cluster.
type Upgrader struct {
	Releases Releases
	Dynamic  dynamic.Interface
	Typed    kubernetes.Interface
	// Metadata reads objects without their content; an empty namespace stands for all.
	Metadata func(resource schema.GroupVersionResource, namespace string) kube.Reader
	// Holder names this run to others that come meanwhile, such as the host and the process.
	Holder string
	// Progress receives one line whenever what a step waits for changes.
	Progress func(string)
}

// Request is what is wanted.
type Request struct {
	Namespace, Release string
	// Load fetches the chart, once there is a release to upgrade.
	Load func(context.Context) (*helm.Chart, error)
	// Values lie over those that the release has.
	Values         map[string]any
	AllowDowngrade bool
	// RollbackOnFailure goes back to the revision before when the new one does not prove itself.
	RollbackOnFailure bool
	// BackupFile is where ESO's objects are written to beforehand; empty stands for no backup.
	BackupFile string
	// Timeout bounds the wait for the pods and the webhook.
	Timeout time.Duration
}
