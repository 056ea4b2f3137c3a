package checks

import (
	"context"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// wish is an ExternalSecret in the few fields that are judged, since there may be thousands.
type wish struct {
	namespace, name, uid string
	version              string
	created              time.Time
	storeKind, storeName string
	target               string
	// creation and deletion are the policies; empty stands for ESO's defaults Owner and Retain.
	creation, deletion string
	// keys are those of the target that spec.data names; plain means that they are all there is in it.
	keys  []string
	plain bool
	// interval is 0 where ESO does not come back by itself.
	interval  time.Duration
	ready     eso.Condition
	judged    bool
	refreshed time.Time
}

func (w wish) named() doctor.Object {
	return doctor.Object{Kind: "ExternalSecret", Namespace: w.namespace, Name: w.name}
}

func (w wish) seen(field, value string) doctor.Evidence {
	return doctor.Evidence{Object: w.named(), Field: field, Value: value, ResourceVersion: w.version}
}

// wishes are all ExternalSecrets of the cluster.
var wishes = doctor.NewInput("ExternalSecrets", func(ctx context.Context, s *doctor.Snapshot) ([]wish, error) {
	var all []wish
	err := kube.EachPage(ctx, s.Cluster.Dynamic.Resource(eso.ExternalSecrets), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			all = append(all, readWish(&page[i]))
		}
		return nil
	})
	return all, err
}).Asking(asks("list", eso.ExternalSecrets, everywhere)).Keeping(whole)

func readWish(obj *unstructured.Unstructured) wish {
	text := func(path ...string) string {
		value, _, _ := unstructured.NestedString(obj.Object, path...)
		return value
	}
	w := wish{namespace: obj.GetNamespace(), name: obj.GetName(), uid: string(obj.GetUID()), version: obj.GetResourceVersion(), created: obj.GetCreationTimestamp().Time,
		storeKind: text("spec", "secretStoreRef", "kind"), storeName: text("spec", "secretStoreRef", "name"), target: text("spec", "target", "name"),
		creation: text("spec", "target", "creationPolicy"), deletion: text("spec", "target", "deletionPolicy")}
	if w.target == "" {
		w.target = w.name
	}
	w.keys, w.plain = wantedKeys(obj)
	w.interval = refreshInterval(text("spec", "refreshInterval"), text("spec", "refreshPolicy"))
	w.ready, w.judged = eso.Ready(obj)
	w.refreshed, _ = time.Parse(time.RFC3339, text("status", "refreshTime"))
	return w
}

func wantedKeys(obj *unstructured.Unstructured) (keys []string, plain bool) {
	data, _, _ := unstructured.NestedSlice(obj.Object, "spec", "data")
	for _, item := range data {
		entry, _ := item.(map[string]any)
		if name, _ := entry["secretKey"].(string); name != "" {
			keys = append(keys, name)
		}
	}
	from, _, _ := unstructured.NestedSlice(obj.Object, "spec", "dataFrom")
	_, templated, _ := unstructured.NestedMap(obj.Object, "spec", "target", "template")
	return keys, len(from) == 0 && !templated
}

func refreshInterval(text, policy string) time.Duration {
	if policy != "" && policy != "Periodic" {
		return 0
	}
	if interval, err := time.ParseDuration(text); err == nil {
		return interval
	}
	return time.Hour
}

// failures are the newest of what ESO has told of ExternalSecrets that it cannot sync, by namespace and name. They are asked for only where one
// fails.
var failures = doctor.NewInput("events of ExternalSecrets", func(ctx context.Context, s *doctor.Snapshot) (map[string]kube.Event, error) {
	newest := map[string]kube.Event{}
	options := metav1.ListOptions{FieldSelector: "involvedObject.kind=ExternalSecret,reason=UpdateFailed"}
	err := kube.EachPage(ctx, s.Cluster.Dynamic.Resource(kube.EventsResource), options, func(page []unstructured.Unstructured) error {
		for i := range page {
			namespace, _, _ := unstructured.NestedString(page[i].Object, "involvedObject", "namespace")
			name, _, _ := unstructured.NestedString(page[i].Object, "involvedObject", "name")
			e := kube.Events(kube.Seen{Objects: []*unstructured.Unstructured{&page[i]}})[0]
			if before, known := newest[namespace+"/"+name]; !known || e.Last.After(before.Last) {
				newest[namespace+"/"+name] = e
			}
		}
		return nil
	})
	return newest, err
}).Late().Asking(asks("list", kube.EventsResource, everywhere)).Keeping(whole)

// patience is how long a new ExternalSecret may be without a verdict.
const patience = 2 * time.Minute

var externalSecretChecks = []doctor.Check{
	{Code: "EI852", Needs: codes("EI204"), Inputs: sources(wishes), Run: wishesAreJudged},
	{Code: "EI807", Needs: codes("EI204"), Inputs: sources(wishes, failures), Run: wishesAreSynced},
	{Code: "EI802", Needs: codes("EI204"), Inputs: sources(wishes, stores, namespaceStores), Run: wishesHaveAStore},
	{Code: "EI806", Needs: codes("EI204"), Inputs: sources(wishes), Run: targetsHaveOneOwner},
	{Code: "EI850", Needs: codes("EI204"), Inputs: sources(wishes, madeSecrets), Run: targetsExist},
	{Code: "EI804", Needs: codes("EI204"), Inputs: sources(wishes, emptied), Run: targetsHoldValues},
	{Code: "EI851", Needs: codes("EI204"), Inputs: sources(wishes), Run: wishesAreRefreshed},
}

// group is a finding about all of the wishes, of which the first few are shown as evidence.
func group(f doctor.Finding, of []wish, field string, value func(wish) string) doctor.Finding {
	for i, w := range of {
		f.Objects = append(f.Objects, w.named())
		if i < examples {
			f = f.From(w.seen(field, value(w)))
		}
	}
	return f
}

// examples is how many of the objects of a group are shown as evidence.
const examples = 3

// where are the wishes for which the condition holds.
func where(all []wish, condition func(wish) bool) []wish {
	return slices.DeleteFunc(slices.Clone(all), func(w wish) bool { return !condition(w) })
}
