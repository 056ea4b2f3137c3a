package uninstall

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// madeFor reports whether this program made the namespace: by its mark, or because Helm made it in the course of this program's install,
// which is the release's first revision. The time of the first is handed on to all later ones, whoever makes them.
func madeFor(r Release, ns metav1.Object) bool {
	if ns.GetLabels()[kube.ManagedByLabel] == kube.FieldManager {
		return true
	}
	apart := ns.GetCreationTimestamp().Sub(r.content.FirstDeployed).Abs()
	byHelm := slices.ContainsFunc(ns.GetManagedFields(), func(f metav1.ManagedFieldsEntry) bool { return f.Manager == "helm" })
	return r.content.BegunByUs && byHelm && !r.content.FirstDeployed.IsZero() && apart < creation
}

// foreign names what is in the namespace beside what Kubernetes puts into each, what goes with this plan, and what goes with it in turn. It
// says so, too, where that cannot be known.
func (u *Uninstaller) foreign(ctx context.Context, p *Plan, namespace string) (string, error) {
	all, err := u.Inhabitants(ctx, namespace)
	if err != nil {
		return "", fmt.Errorf("look for others' objects in namespace %s: %w", namespace, err)
	}
	if others := all.Except(p.expects); len(others.Objects) > 0 {
		return "others have put something into it: " + others.Names(enoughNamed), nil
	}
	if len(all.Unseen) > 0 {
		return "not all that is in it can be seen: " + all.Unseen[0].Error(), nil
	}
	return "", nil
}

// followers are the kinds of owners whose objects go with them and need no owner of their own to be looked at.
var followers = []string{"ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service", "Endpoints", "Pod", "ReplicationController"}

// expects reports whether the object may be in a namespace that is deleted.
func (p *Plan) expects(i kube.Inhabitant) bool {
	if slices.Contains(eso.Groups, i.Resource.Group) || i.Resource.Group == "coordination.k8s.io" {
		return true // those of others are in the plan by themselves, and a lease is of no use without who holds it
	}
	if owner := metav1.GetControllerOf(&i); owner != nil && slices.Contains(followers, owner.Kind) {
		return true
	}
	for n := range p.Secrets {
		if s := &p.Secrets[n]; i.Resource == secretsResource && s.Name == i.Name && s.Namespace == i.Namespace {
			return s.Fate == Deleted
		}
	}
	return p.takes(i)
}

// takes reports whether the object is part of the release or made by this program, and goes.
func (p *Plan) takes(i kube.Inhabitant) bool {
	if i.Resource == secretsResource && i.Namespace == p.Release.Namespace && strings.HasPrefix(i.Name, "sh.helm.release.v1."+p.Release.Name+".v") {
		return true
	}
	inRelease := slices.ContainsFunc(p.Release.Objects, func(o Object) bool {
		return o.Fate == Deleted && o.resource.GroupResource() == i.Resource.GroupResource() && o.Namespace == i.Namespace && o.Name == i.Name
	})
	return inRelease || slices.ContainsFunc(p.Own, func(o Item) bool {
		return o.Fate == Deleted && o.resource == i.Resource && o.Namespace == i.Namespace && o.Name == i.Name
	})
}
