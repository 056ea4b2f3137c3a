package uninstall

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// stage is the step in which the objects of a kind are deleted. What makes others goes first, what others need goes last.
type stage int

const (
	makers stage = iota
	syncing
	stores
	generators
)

// stageOf knows the kinds that need an order; whatever else ESO has or will have are generators.
func stageOf(resource schema.GroupResource) stage {
	switch resource.Resource {
	case "clusterexternalsecrets", "clusterpushsecrets":
		return makers
	case "externalsecrets", "pushsecrets":
		return syncing
	case "secretstores", "clustersecretstores":
		return stores
	}
	return generators
}

// discover finds the kinds of ESO that the API server serves, one version of each.
func (u *Uninstaller) discover() ([]Kind, error) {
	groups, err := u.Typed.Discovery().ServerGroups()
	if err != nil {
		return nil, fmt.Errorf("look for ESO's kinds: %w", err)
	}
	var kinds []Kind
	for _, group := range groups.Groups {
		if !slices.Contains(eso.Groups, group.Name) {
			continue
		}
		for _, version := range group.Versions {
			list, err := u.Typed.Discovery().ServerResourcesForGroupVersion(version.GroupVersion)
			if apierrors.IsNotFound(err) {
				continue // it has gone meanwhile
			}
			if err != nil {
				return nil, fmt.Errorf("look for ESO's kinds in %s: %w", version.GroupVersion, err)
			}
			kinds = appendKinds(kinds, schema.GroupVersion{Group: group.Name, Version: version.Version}, list.APIResources)
		}
	}
	slices.SortStableFunc(kinds, func(a, b Kind) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.Name, b.Name))
	})
	return kinds, nil
}

func appendKinds(kinds []Kind, gv schema.GroupVersion, resources []metav1.APIResource) []Kind {
	for _, r := range resources {
		resource := gv.WithResource(r.Name)
		known := slices.ContainsFunc(kinds, func(k Kind) bool { return k.resource.GroupResource() == resource.GroupResource() })
		if known || strings.Contains(r.Name, "/") || !slices.Contains(r.Verbs, "delete") {
			continue
		}
		kinds = append(kinds, Kind{Name: r.Kind, Group: gv.Group, Objects: []Custom{}, resource: resource,
			namespaced: r.Namespaced, stage: stageOf(resource.GroupResource())})
	}
	return kinds
}

// reader reads the whole objects of the kinds whose content matters, and the metadata of the others.
func (u *Uninstaller) reader(k Kind) kube.Reader {
	if k.stage <= syncing {
		return u.Dynamic.Resource(k.resource)
	}
	return u.Metadata(k.resource, metav1.NamespaceAll)
}

// fill lists the objects of a kind. A kind that has gone meanwhile has none.
func (u *Uninstaller) fill(ctx context.Context, k *Kind) error {
	err := kube.EachPage(ctx, u.reader(*k), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			k.Objects = append(k.Objects, newCustom(&page[i]))
		}
		return nil
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func newCustom(obj *unstructured.Unstructured) Custom {
	c := Custom{Namespace: obj.GetNamespace(), Name: obj.GetName(), Finalizers: obj.GetFinalizers(), uid: obj.GetUID(), Note: note(obj)}
	if owner, found := kube.OwnerOf(obj); found {
		c.ManagedBy = owner.String()
	}
	return c
}

func note(obj *unstructured.Unstructured) string {
	text := func(path ...string) string {
		s, _, _ := unstructured.NestedString(obj.Object, path...)
		return s
	}
	switch {
	case obj.GetKind() == "PushSecret" && text("spec", "deletionPolicy") == "Delete",
		obj.GetKind() == "ClusterPushSecret" && text("spec", "pushSecretSpec", "deletionPolicy") == "Delete":
		return "what it has pushed is deleted at the provider, too (deletionPolicy: Delete)"
	case obj.GetKind() == "ExternalSecret" && text("spec", "target", "manifest", "kind") != "":
		return "its target is of kind " + text("spec", "target", "manifest", "kind") + ", which goes with it"
	}
	return ""
}
