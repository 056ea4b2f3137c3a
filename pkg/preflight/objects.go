package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// place is where objects of one kind are: all of them are listed at once, but for kinds without a namespace that a cluster has many of.
type place struct {
	resource  schema.GroupVersionResource
	namespace string
	name      string
}

func (p place) options() metav1.ListOptions {
	if p.name == "" {
		return metav1.ListOptions{}
	}
	return metav1.ListOptions{FieldSelector: "metadata.name=" + p.name}
}

// objects finds those of the chart's objects that exist already and do not belong to the release.
func (c Cluster) objects(ctx context.Context, s Subject, in space) (Report, error) {
	places, wanted := map[place][]*unstructured.Unstructured{}, 0
	for _, obj := range s.Objects {
		if p := placeOf(obj, s.Namespace); p.namespace == "" || !in.absent {
			places[p] = append(places[p], obj)
		}
		if obj.GetKind() == "CustomResourceDefinition" {
			wanted++
		}
	}
	if wanted == 0 {
		places[place{resource: definitions}] = nil
	}
	var report Report
	lists, err := c.list(ctx, places)
	if err != nil {
		return report, err
	}
	for p, found := range lists {
		if found.denied {
			report.Findings = append(report.Findings, unseen("", p.resource.GroupResource().String()))
			continue
		}
		if p.resource == definitions && wanted == 0 {
			report.Findings = append(report.Findings, judgeDefinitions(found.objects)...)
		}
		for _, obj := range places[p] {
			if held, exists := found.objects[obj.GetName()]; exists {
				report.add(s, obj, held)
			}
		}
	}
	slices.SortFunc(report.Findings, func(a, b Finding) int { return strings.Compare(a.Object+a.Summary, b.Object+b.Summary) })
	report.Findings = slices.Compact(report.Findings) // one for each kind that may not be seen
	slices.Sort(report.Adoptable)
	return report, nil
}

func placeOf(obj *unstructured.Unstructured, namespace string) place {
	resource, namespaced := ResourceOf(obj)
	switch {
	case namespaced:
		if own := obj.GetNamespace(); own != "" {
			namespace = own
		}
		return place{resource: resource, namespace: namespace}
	case resource == definitions:
		return place{resource: resource}
	}
	return place{resource: resource, name: obj.GetName()}
}

// existing is what was found in one place.
type existing struct {
	objects map[string]*unstructured.Unstructured
	denied  bool
}

func (c Cluster) list(ctx context.Context, places map[place][]*unstructured.Unstructured) (map[place]existing, error) {
	type answer struct {
		place
		existing
	}
	answers := make(chan answer, len(places))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(10)
	for p := range places {
		group.Go(func() error {
			found := existing{objects: map[string]*unstructured.Unstructured{}}
			err := kube.EachPage(ctx, c.Metadata(p.resource, p.namespace), p.options(), func(page []unstructured.Unstructured) error {
				for i := range page {
					found.objects[page[i].GetName()] = &page[i]
				}
				return nil
			})
			found.denied = apierrors.IsForbidden(err)
			if err != nil && !found.denied && !apierrors.IsNotFound(err) {
				return fmt.Errorf("list %s: %w", p.resource.GroupResource(), err)
			}
			answers <- answer{p, found}
			return nil
		})
	}
	err := group.Wait()
	close(answers)
	all := map[place]existing{}
	for a := range answers {
		all[a.place] = a.existing
	}
	return all, err
}

// judgeDefinitions asks for ESO's own definitions where the chart does not bring them.
func judgeDefinitions(held map[string]*unstructured.Unstructured) []Finding {
	for _, name := range []string{"clustersecretstores.external-secrets.io", "externalsecrets.external-secrets.io", "secretstores.external-secrets.io"} {
		if held[name] == nil {
			return []Finding{{Blocker, "EI238", "customresourcedefinition/" + name, "it is not in the cluster, and the chart is told not to bring it (installCRDs=false)",
				"leave installCRDs on, or apply the definitions of this version first: kubectl apply --server-side -f deploy/crds/bundle.yaml"}}
		}
	}
	return nil
}
