package checks

import (
	"context"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// eventSlack is by how much an event may be older than the condition that came of the same look at the store: both times are in whole seconds,
// and a look takes some.
const eventSlack = 20 * time.Second

// deeper are the causes that a refused login may hide, the deepest first. Infisical says once that a client secret has expired and calls it
// wrong from then on; and ESO's own logins with a wrong one lock the identity, after which nothing else is said.
var deeper = map[cause.Code][]cause.Code{
	cause.LockedOut:        {cause.SecretExpired, cause.UsesExhausted, cause.WrongCredentials},
	cause.WrongCredentials: {cause.SecretExpired, cause.UsesExhausted},
}

// refusal is the event that says why the store is not ready, or false where none does. What ESO said of the store in an earlier state does not
// count: a client drops the events of an object that has had too many of them, so that the newest may be old.
func refusal(ctx context.Context, s *doctor.Snapshot, st store) (kube.Event, bool, error) {
	all, err := storeEvents.Of(ctx, s)
	since := flipped(st.object).Add(-eventSlack)
	var ofNow []kube.Event
	for _, e := range all[st.object.GetName()] {
		if e.Reason == reasonInvalid && !e.Last.Before(since) {
			ofNow = append(ofNow, e)
		}
	}
	newest, found := kube.Newest(ofNow, reasonInvalid)
	if !found {
		return kube.Event{}, false, err
	}
	return beneath(newest, ofNow, credentialsChanged(ctx, s, st)), true, err
}

// beneath is the event that tells the cause behind the newest one, or the newest one itself. What was said before the credentials were changed
// is not about these.
func beneath(newest kube.Event, events []kube.Event, changed time.Time) kube.Event {
	c, _ := cause.FromText(newest.Message)
	for _, code := range deeper[c.Code] {
		at := slices.IndexFunc(events, func(e kube.Event) bool {
			earlier, _ := cause.FromText(e.Message)
			return earlier.Code == code && e.Last.After(changed)
		})
		if at >= 0 {
			return events[at]
		}
	}
	return newest
}

// credentialsChanged is when the Secret that the store logs in with was last written, or zero where that cannot be told.
func credentialsChanged(ctx context.Context, s *doctor.Snapshot, st store) time.Time {
	_, secret, has := secretOf(ctx, s, st)
	if !has || secret.err != nil || secret.value == nil {
		return time.Time{}
	}
	return changedAt(secret.value)
}

// flipped is when the store's condition last became what it is.
func flipped(obj *unstructured.Unstructured) time.Time {
	conditions, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
	for _, item := range conditions {
		c, _ := item.(map[string]any)
		if c["type"] == "Ready" {
			text, _ := c["lastTransitionTime"].(string)
			at, _ := time.Parse(time.RFC3339, text)
			return at
		}
	}
	return time.Time{}
}

// esoSays is the code of why ESO does not use the store: empty where it is ready or was never looked at.
func esoSays(ctx context.Context, s *doctor.Snapshot, st store) cause.Code {
	ready, known := eso.Ready(st.object)
	if !known || ready.Status == "True" {
		return ""
	}
	event, _, _ := refusal(ctx, s, st)
	return eso.StoreKey{Name: st.object.GetName()}.Cause(event.Message).Code
}

// asEvidence is an event of ESO's as evidence.
func asEvidence(e kube.Event) doctor.Evidence {
	return doctor.Evidence{Object: doctor.Object{Kind: "Event", Namespace: metav1.NamespaceDefault, Name: reasonInvalid}, Field: "message",
		Value: e.Message, ResourceVersion: e.Version, Time: e.Last}
}
