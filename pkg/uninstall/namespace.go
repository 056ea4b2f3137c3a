package uninstall

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// tests selects the namespaces that were made for tests.
const tests = "eso-infisical.dev/purpose=test"

// enoughNamed is how many foreign objects are named before the rest is only counted.
const enoughNamed = 5

// namespaces finds the release's namespace and those of tests, and says what becomes of them.
func (s *survey) namespaces(ctx context.Context) error {
	home, err := s.Typed.CoreV1().Namespaces().Get(ctx, s.Namespace, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	if err == nil {
		s.plan.made = madeFor(s.plan.Release, home)
		item := namespaceItem(home)
		if !s.plan.made {
			item.Fate, item.Reason = Kept, "this program did not make it"
		}
		if err := s.addNamespace(ctx, item); err != nil {
			return err
		}
	}
	list, err := s.Typed.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: tests})
	if err != nil {
		return err
	}
	for i := range list.Items {
		if list.Items[i].Name == s.Namespace {
			continue
		}
		if err := s.addNamespace(ctx, namespaceItem(&list.Items[i])); err != nil {
			return err
		}
	}
	return nil
}

func namespaceItem(ns metav1.Object) Item {
	return Item{Kind: "Namespace", Name: ns.GetName(), Fate: Deleted, resource: namespacesResource, uid: ns.GetUID()}
}

// addNamespace adds one that goes, if nothing of others is in it.
func (s *survey) addNamespace(ctx context.Context, item Item) error {
	if item.Fate == Deleted {
		foreign, err := s.foreign(ctx, s.plan, item.Name)
		if err != nil {
			return err
		}
		if foreign != "" {
			item.Fate, item.Reason = Kept, foreign
		}
	}
	s.plan.Namespaces = append(s.plan.Namespaces, item)
	return nil
}

// creation is how far a namespace's creation may be from the release's, by the clocks of two machines, to be part of the same install.
const creation = 2 * time.Minute

// madeFor reports whether this program made the namespace: by its mark, or because Helm made it in the course of this program's install.
func madeFor(r Release, ns metav1.Object) bool {
	if ns.GetLabels()[kube.ManagedByLabel] == kube.FieldManager {
		return true
	}
	apart := ns.GetCreationTimestamp().Sub(r.content.FirstDeployed).Abs()
	byHelm := slices.ContainsFunc(ns.GetManagedFields(), func(f metav1.ManagedFieldsEntry) bool { return f.Manager == "helm" })
	return r.content.Ours && byHelm && !r.content.FirstDeployed.IsZero() && apart < creation
}

// foreign names what is in the namespace beside what Kubernetes puts into each, what goes with this plan, and what goes with it in turn. It
// says so, too, where that cannot be known.
func (u *Uninstaller) foreign(ctx context.Context, p *Plan, namespace string) (string, error) {
	resources, unread, err := u.namespaced()
	if err != nil {
		return "", err
	}
	if unread != "" {
		return unread, nil
	}
	found := make([][]string, len(resources))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(requests)
	for i, resource := range resources {
		group.Go(func() (err error) {
			found[i], err = u.foreignOf(ctx, p, resource, namespace)
			return err
		})
	}
	if err := group.Wait(); apierrors.IsForbidden(err) {
		return "not all that is in it may be listed: " + err.Error(), nil
	} else if err != nil {
		return "", fmt.Errorf("look for others' objects in namespace %s: %w", namespace, err)
	}
	names := slices.Concat(found...)
	slices.Sort(names)
	if more := len(names) - enoughNamed; more > 0 {
		names = append(names[:enoughNamed], fmt.Sprintf("and %d more", more))
	}
	if len(names) == 0 {
		return "", nil
	}
	return "others have put something into it: " + strings.Join(names, ", "), nil
}

func (u *Uninstaller) foreignOf(ctx context.Context, p *Plan, resource listable, namespace string) ([]string, error) {
	var names []string
	err := kube.EachPage(ctx, u.Metadata(resource.GroupVersionResource, namespace), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			if !p.expects(resource, &page[i]) {
				names = append(names, strings.ToLower(resource.kind)+"/"+page[i].GetName())
			}
		}
		return nil
	})
	if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
		return nil, nil // the kind has gone meanwhile
	}
	return names, err
}

// listable is a kind of object that can be in a namespace.
type listable struct {
	schema.GroupVersionResource
	kind string
}

// namespaced are all kinds that the API server, or one behind it, can list in a namespace. The text says why they are not all known.
func (u *Uninstaller) namespaced() ([]listable, string, error) {
	lists, err := discovery.ServerPreferredNamespacedResources(u.Typed.Discovery())
	if discovery.IsGroupDiscoveryFailedError(err) {
		return nil, "not all kinds that may be in it are known: " + err.Error(), nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("look for the kinds of objects that a namespace can hold: %w", err)
	}
	var resources []listable
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			continue
		}
		for _, r := range list.APIResources {
			if slices.Contains(r.Verbs, "list") && !strings.Contains(r.Name, "/") && !passing(gv.Group, r.Name) {
				resources = append(resources, listable{gv.WithResource(r.Name), r.Kind})
			}
		}
	}
	return resources, "", nil
}

// passing are kinds that Kubernetes keeps by itself, or that are views of something else.
func passing(group, resource string) bool {
	switch group {
	case "metrics.k8s.io", "packages.operators.coreos.com", "coordination.k8s.io", "events.k8s.io", "discovery.k8s.io":
		return true
	}
	return group == "" && (resource == "events" || resource == "endpoints" || resource == "componentstatuses")
}

// followers are the kinds of owners whose objects go with them and need no owner of their own to be looked at.
var followers = []string{"ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service", "Pod", "ReplicationController"}

// everywhere are objects that each namespace gets from Kubernetes or a distribution of it.
var everywhere = []string{"configmap/kube-root-ca.crt", "configmap/openshift-service-ca.crt", "configmap/istio-ca-root-cert",
	"serviceaccount/default", "serviceaccount/builder", "serviceaccount/deployer"}

// expects reports whether the object may be in a namespace that is deleted.
func (p *Plan) expects(resource listable, obj *unstructured.Unstructured) bool {
	name := strings.ToLower(resource.kind) + "/" + obj.GetName()
	if slices.Contains(everywhere, name) || slices.Contains(eso.Groups, resource.Group) {
		return true
	}
	if owner := metav1.GetControllerOf(obj); owner != nil && slices.Contains(followers, owner.Kind) {
		return true
	}
	for i := range p.Secrets {
		if s := &p.Secrets[i]; resource.kind == "Secret" && s.Name == obj.GetName() && s.Namespace == obj.GetNamespace() {
			return s.Fate == Deleted
		}
	}
	return p.takes(resource.kind, obj)
}

// takes reports whether the object is part of the release or made by this program, and goes.
func (p *Plan) takes(kind string, obj *unstructured.Unstructured) bool {
	namespace, name := obj.GetNamespace(), obj.GetName()
	if kind == "Secret" && namespace == p.Release.Namespace && strings.HasPrefix(name, "sh.helm.release.v1."+p.Release.Name+".v") {
		return true
	}
	if kind == "Secret" && serviceAccountToken(name) {
		return true
	}
	inRelease := slices.ContainsFunc(p.Release.Objects, func(o Object) bool {
		return o.Fate == Deleted && o.Kind == kind && o.Namespace == namespace && o.Name == name
	})
	return inRelease || slices.ContainsFunc(p.Own, func(i Item) bool {
		return i.Fate == Deleted && i.Kind == kind && i.Namespace == namespace && i.Name == name
	})
}

// serviceAccountToken reports whether a Secret holds the token of a ServiceAccount that each namespace has, as older Kubernetes made them.
func serviceAccountToken(name string) bool {
	return strings.HasPrefix(name, "default-token-") || strings.HasPrefix(name, "default-dockercfg-")
}
