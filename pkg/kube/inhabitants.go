package kube

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/metadata"
)

// kindsAtATime is how many kinds are listed in parallel.
const kindsAtATime = 20

// secondary are resources whose objects are about others, which are found themselves. Endpoints are deprecated, and listing them warns.
var secondary = []string{"events", "endpoints"}

// Inhabitant is an object in a namespace, without its content.
type Inhabitant struct {
	metav1.PartialObjectMetadata
	Resource schema.GroupVersionResource
}

// String is the object as kubectl writes it: resource.group/name.
func (i Inhabitant) String() string { return i.Resource.GroupResource().String() + "/" + i.Name }

// Inhabitants is all that is in a namespace, as far as one could see.
type Inhabitants struct {
	Objects []Inhabitant
	// Unseen says which kinds could not be listed, and why. Nobody knows whether there is one of those.
	Unseen []error
}

// Inhabitants finds every object in the namespace, of whatever kind the cluster knows, but for what Kubernetes itself puts into every
// namespace. Only metadata is read. An error means that nothing could be found out.
func (l Lookout) Inhabitants(ctx context.Context, namespace string) (Inhabitants, error) {
	kinds, unseen, err := l.kinds()
	if err != nil {
		return Inhabitants{}, fmt.Errorf("ask the cluster for its kinds: %w", err)
	}
	lists := make([]Inhabitants, len(kinds))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(kindsAtATime)
	for i, kind := range kinds {
		group.Go(func() error {
			lists[i] = l.list(ctx, kind, namespace)
			return ctx.Err()
		})
	}
	err = group.Wait()
	all := Inhabitants{Unseen: unseen}
	for _, list := range lists {
		all.Objects = append(all.Objects, list.Objects...)
		all.Unseen = append(all.Unseen, list.Unseen...)
	}
	slices.SortStableFunc(all.Objects, func(a, b Inhabitant) int { return cmp.Compare(a.String(), b.String()) })
	return all, err
}

// Lookout looks at objects of every kind.
type Lookout struct {
	Discovery discovery.DiscoveryInterface
	Metadata  metadata.Interface
}

// kinds are those in namespaces that can be listed and deleted, each in one version. What cannot be deleted is no object that is kept,
// such as the metrics of pods. An API that does not answer hides its kinds, which is unseen.
func (l Lookout) kinds() (kinds []schema.GroupVersionResource, unseen []error, err error) {
	lists, err := discovery.ServerPreferredNamespacedResources(l.Discovery)
	var partly *discovery.ErrGroupDiscoveryFailed
	if errors.As(err, &partly) {
		for version, why := range partly.Groups {
			unseen = append(unseen, fmt.Errorf("the kinds of %s: %w", version, why))
		}
	} else if err != nil {
		return nil, nil, err
	}
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range list.APIResources {
			if slices.Contains(r.Verbs, "list") && slices.Contains(r.Verbs, "delete") && !slices.Contains(secondary, r.Name) {
				kinds = append(kinds, version.WithResource(r.Name))
			}
		}
	}
	return kinds, unseen, nil
}

func (l Lookout) list(ctx context.Context, kind schema.GroupVersionResource, namespace string) (all Inhabitants) {
	options := metav1.ListOptions{Limit: pageSize}
	for {
		page, err := l.Metadata.Resource(kind).Namespace(namespace).List(ctx, options)
		switch {
		case apierrors.IsNotFound(err), apierrors.IsMethodNotSupported(err):
			return all // The kind has just gone, or was never one to be listed.
		case err != nil:
			all.Unseen = append(all.Unseen, fmt.Errorf("%s: %w", kind.GroupResource(), err))
			return all
		}
		for _, object := range page.Items {
			if !everywhere(kind.GroupResource(), object) {
				all.Objects = append(all.Objects, Inhabitant{PartialObjectMetadata: object, Resource: kind})
			}
		}
		if options.Continue = page.Continue; options.Continue == "" {
			return all
		}
	}
}

// everywhere is what Kubernetes, or OpenShift, puts into each namespace by itself.
func everywhere(kind schema.GroupResource, object metav1.PartialObjectMetadata) bool {
	switch kind.String() {
	case "serviceaccounts":
		return slices.Contains([]string{"default", "builder", "deployer"}, object.Name)
	case "configmaps":
		return slices.Contains([]string{"kube-root-ca.crt", "openshift-service-ca.crt"}, object.Name)
	case "secrets":
		account := object.Annotations["kubernetes.io/service-account.name"]
		return slices.Contains([]string{"default", "builder", "deployer"}, account)
	case "rolebindings.rbac.authorization.k8s.io":
		return strings.HasPrefix(object.Name, "system:")
	}
	return false
}

// Except leaves out the objects that expected picks.
func (i Inhabitants) Except(expected func(Inhabitant) bool) Inhabitants {
	i.Objects = slices.DeleteFunc(slices.Clone(i.Objects), expected)
	return i
}

// Names are the objects as kubectl writes them, at most limit of them, with a word on how many there are beside.
func (i Inhabitants) Names(limit int) string {
	var names []string
	for _, object := range i.Objects[:min(limit, len(i.Objects))] {
		names = append(names, object.String())
	}
	if more := len(i.Objects) - limit; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// Held says what the objects that are being deleted wait for: their finalizers.
func (i Inhabitants) Held() []string {
	var held []string
	for _, object := range i.Objects {
		if object.DeletionTimestamp != nil && len(object.Finalizers) > 0 {
			held = append(held, fmt.Sprintf("%s waits for finalizer %s", object, strings.Join(object.Finalizers, ", ")))
		}
	}
	return held
}
