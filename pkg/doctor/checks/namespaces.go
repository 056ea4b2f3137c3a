package checks

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// space is a namespace in the fields that are judged.
type space struct {
	Name, Version string
	Labels        map[string]string
	Created       time.Time
	Deleted       bool
}

func (n space) named() doctor.Object { return doctor.Object{Kind: "Namespace", Name: n.Name} }

var namespaces = doctor.NewInput("namespaces", func(ctx context.Context, s *doctor.Snapshot) ([]space, error) {
	var all []space
	err := kube.EachPage(ctx, s.Cluster.Metadata(spacesResource, ""), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			ns := &page[i]
			all = append(all, space{Name: ns.GetName(), Version: ns.GetResourceVersion(), Labels: ns.GetLabels(), Created: ns.GetCreationTimestamp().Time,
				Deleted: ns.GetDeletionTimestamp() != nil})
		}
		return nil
	})
	return all, err
}).Asking(asks("list", spacesResource, everywhere)).Keeping(whole)

var namespaceChecks = []doctor.Check{
	{Code: "EI716", Needs: codes("EI701"), Inputs: sources(stores, namespaces), Run: eachStore(namedNamespacesExist)},
	{Code: "EI717", Needs: codes("EI701"), Inputs: sources(stores, namespaces), Run: eachStore(someNamespaceMayUseIt)},
}

// admission are the conditions of a ClusterSecretStore, of which one must hold for a namespace.
type admission struct {
	Selector   *metav1.LabelSelector `json:"namespaceSelector"`
	Namespaces []string              `json:"namespaces"`
	Regexes    []string              `json:"namespaceRegexes"`
}

func admissions(st store) []admission {
	list, _, _ := unstructured.NestedSlice(st.object.Object, "spec", "conditions")
	var all []admission
	for _, item := range list {
		fields, _ := item.(map[string]any)
		var a admission
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &a); err == nil {
			all = append(all, a)
		}
	}
	return all
}

// admits is ESO's own judgement: expressions are not anchored.
func (a admission) admits(ns space) bool {
	if slices.Contains(a.Namespaces, ns.Name) {
		return true
	}
	for _, text := range a.Regexes {
		if re, err := regexp.Compile(text); err == nil && re.MatchString(ns.Name) {
			return true
		}
	}
	if a.Selector == nil {
		return false
	}
	selector, err := metav1.LabelSelectorAsSelector(a.Selector)
	return err == nil && selector.Matches(labels.Set(ns.Labels))
}

// admitted reports whether the namespace may use the store.
func admitted(st store, ns space) bool {
	if st.Kind() == eso.NamespacedKind {
		return st.Namespace == ns.Name
	}
	conditions := admissions(st)
	return len(conditions) == 0 || slices.ContainsFunc(conditions, func(a admission) bool { return a.admits(ns) })
}

func namedNamespacesExist(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	if len(admissions(st)) == 0 {
		return one(doctor.Holds("", st.named()))
	}
	all, err := namespaces.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err, st.named()))
	}
	var missing []string
	for _, a := range admissions(st) {
		for _, name := range a.Namespaces {
			if !slices.ContainsFunc(all, func(ns space) bool { return ns.Name == name }) && !slices.Contains(missing, name) {
				missing = append(missing, name)
			}
		}
	}
	if len(missing) == 0 || !usable(all, st) {
		return one(doctor.Holds("", st.named()))
	}
	return one(problem("EI716", "the store names namespaces that do not exist: "+strings.Join(missing, ", "), "correct spec.conditions of the store, or make the namespaces", st.named()).
		From(doctor.Seen(st.object, "spec.conditions[].namespaces", strings.Join(missing, ", "))))
}

// usable reports whether there is a namespace that may use the store.
func usable(all []space, st store) bool {
	return slices.ContainsFunc(all, func(ns space) bool { return admitted(st, ns) })
}

func someNamespaceMayUseIt(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	if len(admissions(st)) == 0 {
		return one(doctor.Holds("", st.named()))
	}
	all, err := namespaces.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err, st.named()))
	}
	if usable(all, st) {
		return one(doctor.Holds("", st.named()))
	}
	return one(problem("EI717", "no namespace of this cluster may use the store", "correct spec.conditions of the store: kubectl eso-infisical apply-store --allow-namespace NAME", st.named()).
		From(doctor.Seen(st.object, "spec.conditions", "fits no namespace")))
}
