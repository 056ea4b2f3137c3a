package helm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/kube"
	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/storage/driver"
	"sigs.k8s.io/yaml"
)

const (
	documentSeparator = "\n---\n"
	crdKind           = "CustomResourceDefinition"
)

// Object is one of a release's objects. Namespace is empty for a kind that has none.
type Object struct {
	APIVersion, Kind, Namespace, Name string
	// Kept means that Helm leaves it in the cluster when it uninstalls the release.
	Kept bool
}

// Content is what a release has brought into the cluster.
type Content struct {
	Release
	// FirstDeployed is when the release was first installed.
	FirstDeployed time.Time
	// BegunByUs is set when this program made the first revision, and that is still recorded.
	BegunByUs bool
	Objects   []Object
}

// Content reads the objects of the last revision. A release that does not exist has the status Absent and no objects.
func (c *Client) Content(name string) (Content, error) {
	last, err := c.config.Releases.Last(name)
	if errors.Is(err, driver.ErrReleaseNotFound) {
		return Content{Release: Release{Name: name, Status: Absent}}, nil
	}
	if err != nil {
		return Content{}, fmt.Errorf("read Helm release %s in namespace %s: %w", name, c.namespace, err)
	}
	content := Content{Release: describe(last), Objects: c.objects(last)}
	if last.Info != nil {
		content.FirstDeployed = last.Info.FirstDeployed.Time
	}
	first, err := c.config.Releases.Get(name, 1)
	if err != nil && !errors.Is(err, driver.ErrReleaseNotFound) {
		return Content{}, fmt.Errorf("read the first revision of Helm release %s in namespace %s: %w", name, c.namespace, err)
	}
	content.BegunByUs = err == nil && marked(first.Labels, first.Version)
	return content, nil
}

// header is the beginning of an object in a manifest.
type header struct {
	APIVersion, Kind string
	Metadata         struct {
		Name, Namespace string
		Annotations     map[string]string
	}
}

func (c *Client) objects(r *release.Release) []Object {
	var objects []Object
	for _, document := range strings.Split(r.Manifest, documentSeparator) {
		h, ok := readHeader(document)
		if !ok {
			continue
		}
		o := Object{APIVersion: h.APIVersion, Kind: h.Kind, Namespace: h.Metadata.Namespace, Name: h.Metadata.Name,
			Kept: h.Metadata.Annotations[kube.ResourcePolicyAnno] == kube.KeepPolicy}
		if o.Namespace == "" && !slices.Contains(clusterScoped, o.Kind) {
			o.Namespace = c.namespace
		}
		objects = append(objects, o)
	}
	return objects
}

// clusterScoped are the kinds without a namespace that ESO's chart makes.
var clusterScoped = []string{crdKind, "ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "Namespace"}

// readHeader reads an object's beginning. Of a custom resource definition, only what comes before its spec is parsed: its schemas take up
// megabytes.
func readHeader(document string) (header, bool) {
	var h header
	if mentionsCRD(document) {
		document, _, _ = strings.Cut(document, "\nspec:")
	}
	err := yaml.Unmarshal([]byte(document), &h)
	return h, err == nil && h.Kind != ""
}

// mentionsCRD finds every definition, however its kind is written, and little else.
func mentionsCRD(document string) bool { return strings.Contains(document, crdKind) }
