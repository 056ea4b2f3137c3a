package upgrade

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// atOnce bounds what is read or proved at a time.
const atOnce = 8

// Definition is what happens to a custom resource definition and its objects.
type Definition struct {
	Name string `json:"name"`
	New  bool   `json:"new,omitempty"`
	// Objects are those in the cluster.
	Objects          int         `json:"objects"`
	StoredVersions   []string    `json:"storedVersions,omitempty"`
	VersionsRemoved  []string    `json:"versionsRemoved,omitempty"`
	VersionsUnserved []string    `json:"versionsUnserved,omitempty"`
	FieldsRemoved    []FieldLoss `json:"fieldsRemoved,omitempty"`
	// Migrate are the stored versions that the objects are rewritten from.
	Migrate []string `json:"migrate,omitempty"`
	// Unkept means that Helm would delete it, with all its objects, were it to leave the chart; it is marked to be kept first.
	Unkept bool `json:"unkept,omitempty"`
}

// FieldLoss is a field that a version does not know any more: it is pruned from an object at the next write.
type FieldLoss struct {
	Version string `json:"version"`
	Path    string `json:"path"`
	// Objects are those that use it, and Example is one of them.
	Objects int    `json:"objects"`
	Example string `json:"example,omitempty"`
}

// Dependent is another release whose stored manifest uses what is not served.
type Dependent struct {
	Namespace string   `json:"namespace"`
	Release   string   `json:"release"`
	Uses      []string `json:"uses"`
}

// planDefinitions compares the cluster's definitions with the chart's, and counts their objects.
func (u *Upgrader) planDefinitions(ctx context.Context, p *Plan) error {
	u.Progress("comparing the custom resource definitions")
	var err error
	if p.cluster, err = crds.InCluster(ctx, u.Dynamic, u.Metadata(crds.Resource, ""), eso.Suffix); err != nil {
		return err
	}
	p.changes = crds.Compare(p.cluster, p.chart)
	described := make([]Definition, len(p.changes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, c := range p.changes {
		group.Go(func() (err error) {
			described[i], err = u.describe(ctx, c)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	p.Definitions = described
	for i, c := range p.changes {
		if c.Blocked != "" {
			p.block("EI283", fmt.Sprintf("%s cannot be brought to the new version: %s", c.Definition.Name, c.Blocked),
				"upgrade to a version between first, one whose definition has both the old version and a newer one")
		}
		p.warnOfLosses(described[i])
	}
	if slices.ContainsFunc(p.changes, func(c crds.Change) bool { return len(c.Migrate)+len(c.MigrateLater) > 0 }) {
		p.Unchanged = false
	}
	return nil
}

func (u *Upgrader) describe(ctx context.Context, c crds.Change) (Definition, error) {
	d := Definition{Name: c.Definition.Name, New: c.New, StoredVersions: c.Definition.Stored, VersionsRemoved: c.VersionsRemoved,
		VersionsUnserved: c.VersionsUnserved, Migrate: slices.Concat(c.Migrate, c.MigrateLater), Unkept: !c.New && !c.Definition.Kept}
	resource, served := c.Definition.Readable()
	if c.New || !served {
		return d, nil
	}
	err := kube.EachPage(ctx, u.Metadata(resource, ""), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		d.Objects += len(page)
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("count the objects of %s: %w", d.Name, err)
	}
	for _, version := range slices.Sorted(maps.Keys(c.FieldsRemoved)) {
		for _, path := range c.FieldsRemoved[version] {
			d.FieldsRemoved = append(d.FieldsRemoved, FieldLoss{Version: version, Path: path})
		}
	}
	if d.Objects > 0 && len(d.FieldsRemoved) > 0 {
		err = u.countUses(ctx, c, &d)
	}
	return d, err
}

// countUses finds the objects that have a field which goes. They are read in the one version that a client would read them in.
func (u *Upgrader) countUses(ctx context.Context, c crds.Change, d *Definition) error {
	resource, _ := c.Definition.Readable()
	err := kube.EachPage(ctx, u.Dynamic.Resource(resource), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range d.FieldsRemoved {
			loss := &d.FieldsRemoved[i]
			for j := range page {
				if loss.Version == resource.Version && crds.Uses(&page[j], loss.Path) {
					loss.Objects++
					loss.Example = strings.TrimPrefix(page[j].GetNamespace()+"/"+page[j].GetName(), "/")
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the objects of %s: %w", d.Name, err)
	}
	return nil
}

func (p *Plan) warnOfLosses(d Definition) {
	for _, loss := range d.FieldsRemoved {
		if loss.Objects > 0 {
			p.warn("%s: %d objects use %s, which %s does not know: it is pruned from them at the next write (%s is one)",
				d.Name, loss.Objects, loss.Path, p.To, loss.Example)
		}
	}
	for _, version := range d.VersionsUnserved {
		if d.Objects > 0 {
			p.warn("%s: %s is no longer served; manifests that use it must be brought to the newer version", d.Name, version)
		}
	}
}

// planDependents looks through the other releases of the cluster for API versions that nobody serves.
func (u *Upgrader) planDependents(ctx context.Context, p *Plan) error {
	unusable := crds.Unserved(p.changes)
	if len(unusable) == 0 {
		return nil
	}
	u.Progress("looking through the cluster's Helm releases")
	stored, err := helm.AllDeployed(ctx, u.Metadata(helm.SecretsResource, ""))
	if apierrors.IsForbidden(err) {
		p.warn("whether other Helm releases use API versions that are not served is unknown: listing secrets in all namespaces is not allowed")
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range stored {
		if s.Namespace == p.Namespace && s.Release == p.Release {
			continue
		}
		objects, err := u.Releases.Objects(s)
		if err != nil {
			p.warn("whether Helm release %s in namespace %s uses API versions that are not served is unknown: %v", s.Release, s.Namespace, err)
			continue
		}
		if uses := usedOf(objects, unusable); len(uses) > 0 {
			p.Dependents = append(p.Dependents, Dependent{Namespace: s.Namespace, Release: s.Release, Uses: uses})
			p.warn("Helm release %s in namespace %s has objects of API versions that are not served (%s): its next upgrade fails until its record is "+
				"rewritten, as the plugin helm-mapkubeapis does it", s.Release, s.Namespace, strings.Join(uses, ", "))
		}
	}
	return nil
}

func usedOf(objects []helm.Object, unusable []crds.Unusable) []string {
	var uses []string
	for _, o := range objects {
		for _, gone := range unusable {
			if o.APIVersion == gone.APIVersion && o.Kind == gone.Kind {
				uses = append(uses, fmt.Sprintf("%s %s of %s", o.Kind, o.Name, o.APIVersion))
			}
		}
	}
	return uses
}
