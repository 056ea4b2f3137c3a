package helm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"helm.sh/helm/v3/pkg/releaseutil"
	"helm.sh/helm/v3/pkg/storage/driver"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// History lists the revisions of a release that Helm still has, the oldest first. A release that does not exist has none.
func (c *Client) History(name string) ([]Release, error) {
	held, err := c.config.Releases.History(name)
	if errors.Is(err, driver.ErrReleaseNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the history of Helm release %s in namespace %s: %w", name, c.namespace, err)
	}
	releaseutil.SortByRevision(held)
	revisions := make([]Release, len(held))
	for i, r := range held {
		revisions[i] = describe(r)
	}
	return revisions, nil
}

// Manifest are the objects that a revision has brought into the cluster, or was to bring.
func (c *Client) Manifest(name string, revision int) ([]*unstructured.Unstructured, error) {
	held, err := c.config.Releases.Get(name, revision)
	if err != nil {
		return nil, fmt.Errorf("read revision %d of Helm release %s: %w", revision, name, err)
	}
	return Rendered{manifest: held.Manifest}.WholeObjects()
}

// Preview are the objects that the chart makes of the operation's values, which must be all of them. Nothing is changed.
func (c *Client) Preview(ctx context.Context, op Operation) ([]*unstructured.Unstructured, error) {
	on, err := c.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	rendered, err := op.Chart.Render(op.Name, c.namespace, op.Values, on)
	if err != nil {
		return nil, err
	}
	return rendered.WholeObjects()
}

// SecretsResource is where Helm keeps its releases.
var SecretsResource = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// Stored is the record of a deployed revision, of any release in the cluster.
type Stored struct {
	Namespace, Release string
	secret             string
}

// AllDeployed finds the deployed revision of every release; secrets reads the metadata of those in the namespaces to look at.
func AllDeployed(ctx context.Context, secrets kube.Reader) ([]Stored, error) {
	type latest struct {
		Stored
		revision int
	}
	newest := map[string]latest{}
	options := metav1.ListOptions{LabelSelector: "owner=helm,status=deployed", FieldSelector: "type=helm.sh/release.v1"}
	err := kube.EachPage(ctx, secrets, options, func(page []unstructured.Unstructured) error {
		for _, obj := range page {
			labels := obj.GetLabels()
			revision, err := strconv.Atoi(labels["version"])
			key := obj.GetNamespace() + "/" + labels["name"]
			if err == nil && revision > newest[key].revision {
				newest[key] = latest{Stored{obj.GetNamespace(), labels["name"], obj.GetName()}, revision}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the cluster's Helm releases: %w", err)
	}
	var all []Stored
	for _, one := range newest {
		all = append(all, one.Stored)
	}
	slices.SortFunc(all, func(a, b Stored) int {
		return strings.Compare(a.Namespace+"/"+a.Release, b.Namespace+"/"+b.Release)
	})
	return all, nil
}

// Objects are those of the stored revision, of any release, without what follows their metadata.
func (c *Client) Objects(s Stored) ([]Object, error) {
	what := fmt.Sprintf("read Helm release %s in namespace %s", s.Release, s.Namespace)
	client, err := c.config.KubernetesClientSet()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	held, err := driver.NewSecrets(client.CoreV1().Secrets(s.Namespace)).Get(s.secret)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return c.objects(held), nil
}
