package checks

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Reasons of the events that ESO writes after each look at a store.
const (
	reasonValid   = "Valid"
	reasonInvalid = "InvalidProviderConfig"
)

const (
	// lookInterval is how often ESO looks at a store that says nothing else, and eventLife how long Kubernetes keeps an event.
	lookInterval = 5 * time.Minute
	eventLife    = time.Hour
	// eventGrain is how exactly the times of events are given.
	eventGrain = 2 * time.Second
)

// Events about stores. Those about a ClusterSecretStore are in the namespace default; those about SecretStores are asked for only where there is one.
var (
	clusterStoreEvents = doctor.NewInput("events of ClusterSecretStores", listEvents(eso.ClusterKind, metav1.NamespaceDefault)).
				Asking(asks("list", kube.EventsResource, inDefault)).Keeping(whole)
	namespacedStoreEvents = doctor.NewInput("events of SecretStores", listEvents(eso.NamespacedKind, metav1.NamespaceAll)).Late().
				Asking(asks("list", kube.EventsResource, everywhere)).Keeping(whole)
)

func listEvents(kind, namespace string) func(context.Context, *doctor.Snapshot) (map[eso.StoreKey][]kube.Event, error) {
	return func(ctx context.Context, s *doctor.Snapshot) (map[eso.StoreKey][]kube.Event, error) {
		events := map[eso.StoreKey][]kube.Event{}
		options := metav1.ListOptions{FieldSelector: "involvedObject.kind=" + kind}
		err := kube.EachPage(ctx, s.Cluster.Dynamic.Resource(kube.EventsResource).Namespace(namespace), options, func(page []unstructured.Unstructured) error {
			for i := range page {
				about := func(field string) string {
					value, _, _ := unstructured.NestedString(page[i].Object, "involvedObject", field)
					return value
				}
				of := eso.StoreKey{Namespace: about("namespace"), Name: about("name")}
				events[of] = append(events[of], kube.Events(kube.Seen{Objects: []*unstructured.Unstructured{&page[i]}})...)
			}
			return nil
		})
		return events, err
	}
}

// eventsOf are what ESO has told of the store.
func eventsOf(ctx context.Context, s *doctor.Snapshot, st store) ([]kube.Event, error) {
	events := clusterStoreEvents
	if st.Kind() == eso.NamespacedKind {
		events = namespacedStoreEvents
	}
	all, err := events.Of(ctx, s)
	return all[st.Key()], err
}

var readinessInputs = sources(stores, clusterStoreEvents, namespacedStoreEvents, loggedFailures, secrets)

var readinessChecks = []doctor.Check{
	{Code: "EI750", Needs: codes("EI701"), Inputs: sources(stores, deployments), Run: eachStore(storeIsForThisController)},
	{Code: "EI702", Needs: codes("EI701"), Inputs: readinessInputs, Run: eachStore(of(eso.ClusterKind, storeIsReady))},
	{Code: "EI710", Needs: codes("EI204"), Inputs: append(sources(namespacedStores), readinessInputs...), Run: secretStoresAreReady},
	{Code: "EI751", Needs: codes("EI701"), Inputs: append(sources(configMaps), readinessInputs...), Run: eachStore(storeIsFresh)},
	{Code: "EI752", Needs: codes("EI701"), Inputs: readinessInputs, Run: eachStore(storeIsLookedAt)},
}

func storeIsForThisController(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	wanted, _, _ := unstructured.NestedString(st.object.Object, "spec", "controller")
	if wanted == "" {
		return one(doctor.Holds("", st.named()))
	}
	controller, err := theController(ctx, s)
	if err != nil || controller == nil {
		return failedOrNothing(err)
	}
	class := flagOf(controller, "controller-class", "default")
	if wanted == class {
		return one(doctor.Holds(class, st.named()))
	}
	return one(problem("EI750", "the store is for a controller of class "+wanted+", and this one is of class "+class,
		"take spec.controller out of the store, or set controllerClass in the chart's values", st.named()).From(doctor.Seen(st.object, "spec.controller", wanted)))
}

// of narrows a judgement to the stores of one kind.
func of(kind string, judge func(context.Context, *doctor.Snapshot, store) doctor.Result) func(context.Context, *doctor.Snapshot, store) doctor.Result {
	return func(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
		if st.Kind() != kind {
			return nil
		}
		return judge(ctx, s, st)
	}
}

// secretStoresAreReady is the check that says so where SecretStores may not be read.
func secretStoresAreReady(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	if _, err := namespacedStores.Of(ctx, s); err != nil {
		return one(doctor.Found(err))
	}
	return eachStore(of(eso.NamespacedKind, storeIsReady))(ctx, s)
}

func storeIsReady(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	ready, known := eso.Ready(st.object)
	if !known {
		return one(doctor.Problem(cause.NeverLookedAtStore, st.named()).MendedBy("kubectl -n " + s.Cluster.Namespace + " logs deployment/external-secrets").
			From(doctor.Seen(st.object, "status.conditions", "none")))
	}
	condition := doctor.Seen(st.object, "status.conditions[Ready]", ready.Status+": "+ready.Message)
	if ready.Status == "True" {
		return one(doctor.Holds("", st.named()).From(condition))
	}
	why, err := refusal(ctx, s, st)
	f := doctor.Found(st.Key().Failed(why.Text), st.named()).From(condition)
	if why.Text != "" {
		f = f.From(why.evidence(st.Key(), s.Cluster.Namespace))
	}
	if err != nil && f.Detail == "" {
		f.Detail = doctor.Found(err).Detail
	}
	return one(f)
}

// lastLook is when ESO last said what it thinks of the store, and whether it has at all.
func lastLook(ctx context.Context, s *doctor.Snapshot, st store) (time.Time, bool, error) {
	events, err := eventsOf(ctx, s, st)
	newest, found := kube.Newest(events, reasonValid, reasonInvalid)
	return newest.Last, found, err
}

// storeIsFresh compares what ESO has looked at with what is there: by the versions that this program has written down, or by the times of
// the last look and the last change.
func storeIsFresh(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	if _, known := eso.Ready(st.object); !known {
		return nil
	}
	looked, found, err := lastLook(ctx, s, st)
	if err != nil {
		return one(doctor.Found(err, st.named()))
	}
	if !found {
		return nil // how long ago it was, another check judges
	}
	changed, what := lastChange(ctx, s, st)
	if !changed.After(looked) {
		return one(doctor.Holds("", st.named()))
	}
	if events, _ := eventsOf(ctx, s, st); mayHaveDropped(events) {
		return nil // It may have looked since, and its event was dropped.
	}
	return one(problem("EI751", fmt.Sprintf("%s was changed %s after ESO last looked at the store", what, changed.Sub(looked).Round(time.Second)),
		"let ESO look again: kubectl eso-infisical apply-store", st.named()).MendedBy("kubectl eso-infisical apply-store").
		From(doctor.Evidence{Object: what, Field: "metadata.managedFields", Value: "changed", Time: changed},
			doctor.Evidence{Object: st.named(), Field: "event", Value: "looked at", Time: looked}))
}

// lastChange is when the newest of the objects that the store refers to was changed.
func lastChange(ctx context.Context, s *doctor.Snapshot, st store) (time.Time, doctor.Object) {
	var newest time.Time
	var what doctor.Object
	see := func(k key, obj metav1.Object) {
		if at := changedAt(obj); at.After(newest) {
			newest, what = at, k.object()
		}
	}
	if k, secret, has := secretOf(ctx, s, st); has && secret.err == nil && secret.value != nil {
		see(k, secret.value)
	}
	ca, has := st.authority()
	if all, err := configMaps.Of(ctx, s); has && err == nil {
		if found := all[ca.String()]; found.err == nil && found.value != nil {
			see(ca, found.value)
		}
	}
	return newest, what
}

// changedAt is when the data of a Secret or ConfigMap was last written.
func changedAt(obj metav1.Object) time.Time {
	return lastWrite(obj, func(entry metav1.ManagedFieldsEntry) bool {
		return entry.FieldsV1 != nil && strings.Contains(entry.FieldsV1.GetRawString(), `"f:data"`)
	})
}

// storeIsLookedAt expects an event within three intervals. Where that is longer than events live, nothing can be said.
func storeIsLookedAt(ctx context.Context, s *doctor.Snapshot, st store) doctor.Result {
	ready, known := eso.Ready(st.object)
	if !known || ready.Status != "True" {
		// One that fails is tried at growing intervals.
		return nil
	}
	limit := 3*interval(st) + lookInterval
	looked, found, err := lastLook(ctx, s, st)
	switch {
	case err != nil:
		return one(doctor.Found(err, st.named()))
	case limit >= eventLife, found && s.Now.Sub(looked) < limit, s.Now.Sub(st.object.GetCreationTimestamp().Time) < limit:
		return one(doctor.Holds("", st.named()))
	}
	if events, _ := eventsOf(ctx, s, st); mayHaveDropped(events) {
		return nil
	}
	since := "for an hour at least"
	if found {
		since = "since " + looked.UTC().Format("15:04:05 MST")
	}
	return one(problem("EI752", "ESO has not looked at the store "+since+", so that Ready may be an old truth", "check that the controller works, and read its log", st.named()).
		MendedBy("kubectl -n " + s.Cluster.Namespace + " logs deployment/external-secrets").
		From(doctor.Evidence{Object: st.named(), Field: "event", Value: "looked at", Time: looked}))
}

// eventBurst is how many events a client sends of one object before it begins to drop them (client-go's spam filter).
const eventBurst = 25

// mayHaveDropped reports whether there were so many events of the object that later ones may never have been sent.
func mayHaveDropped(events []kube.Event) bool {
	var count int64
	for _, e := range events {
		count += max(e.Count, 1)
	}
	return count >= eventBurst
}

// interval is the store's own, in seconds or as a duration, or the usual one.
func interval(st store) time.Duration {
	value, found, _ := unstructured.NestedFieldNoCopy(st.object.Object, "spec", "refreshInterval")
	if !found {
		return lookInterval
	}
	switch v := value.(type) {
	case int64:
		if v > 0 {
			return time.Duration(v) * time.Second
		}
	case string:
		if d, err := time.ParseDuration(v); err == nil && d > 0 {
			return d
		}
	}
	return lookInterval
}
