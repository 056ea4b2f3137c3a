package uninstall

import (
	"cmp"
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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
func stageOf(resource string) stage {
	switch resource {
	case "clusterexternalsecrets", "clusterpushsecrets":
		return makers
	case "externalsecrets", "pushsecrets":
		return syncing
	case "secretstores", "clustersecretstores":
		return stores
	}
	return generators
}

// discover finds the kinds of ESO, in the order of their stages.
func (u *Uninstaller) discover() ([]Kind, error) {
	found, err := eso.Kinds(u.Typed.Discovery())
	if err != nil {
		return nil, err
	}
	kinds := make([]Kind, len(found))
	for i, k := range found {
		kinds[i] = Kind{Name: k.Name, Group: k.Resource.Group, Objects: []Custom{}, resource: k.Resource, stage: stageOf(k.Resource.Resource)}
	}
	slices.SortStableFunc(kinds, func(a, b Kind) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.Name, b.Name))
	})
	return kinds, nil
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
	if owner := metav1.GetControllerOf(obj); owner != nil {
		c.ManagedBy = owner.Kind + " " + owner.Name
	} else if tool, found := kube.OwnerOf(obj); found {
		c.ManagedBy = tool.String()
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
