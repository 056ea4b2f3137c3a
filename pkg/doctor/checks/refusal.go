package checks

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// eventSlack is by how much an event may be older than the condition that came of the same look at the store: both times are in whole seconds.
const eventSlack = time.Second

// logSlack is the same for a line of the log, which tells fractions of a second, while the condition's time is cut to the second.
const logSlack = 100 * time.Millisecond

// deeper are the causes that a refused login may hide, the deepest first. Infisical says once that a client secret has expired and calls it
// wrong from then on; and ESO's own logins with a wrong one lock the identity, after which nothing else is said.
var deeper = map[cause.Code][]cause.Code{
	cause.LockedOut:        {cause.SecretExpired, cause.UsesExhausted, cause.WrongCredentials},
	cause.WrongCredentials: {cause.SecretExpired, cause.UsesExhausted},
}

// told is what ESO has said of a store that it cannot use: in an event or, where ESO's client has dropped that, in its log.
type told struct {
	Text, Version string
	At            time.Time
	Logged        bool
}

// refusal is why the store is not ready; its text is empty where nothing says so. What ESO said of the store in an earlier state does not count: a
// client drops the events of an object that has had too many of them, so that the newest may be old.
func refusal(ctx context.Context, s *doctor.Snapshot, st store) (told, error) {
	events, err := eventsOf(ctx, s, st)
	since := flipped(st.object)
	var all []told
	for _, e := range events {
		if e.Reason == reasonInvalid && !e.Last.Before(since.Add(-eventSlack)) {
			all = append(all, told{Text: e.Message, Version: e.Version, At: e.Last})
		}
	}
	slices.SortStableFunc(all, func(a, b told) int { return a.At.Compare(b.At) })
	var newest told
	if len(all) > 0 {
		newest = all[len(all)-1]
	}
	// Of the log only what has a known meaning is taken; that it may not be read matters only where the event is missing.
	lines, _ := loggedFailures.Of(ctx, s)
	for _, line := range lines[st.Key()] {
		if _, known := cause.FromText(line.Text); !known || line.At.Before(since.Add(-logSlack)) {
			continue
		}
		all = append(all, told{Text: line.Text, At: line.At, Logged: true})
		if line.At.After(newest.At.Add(eventGrain)) {
			newest = all[len(all)-1]
		}
	}
	return beneath(newest, all, credentialsChanged(ctx, s, st)), err
}

// beneath is what tells the cause behind the newest, or the newest itself. What was said before the credentials were changed is not about these.
func beneath(newest told, all []told, changed time.Time) told {
	c, _ := cause.FromText(newest.Text)
	for _, code := range deeper[c.Code] {
		at := slices.IndexFunc(all, func(t told) bool {
			earlier, _ := cause.FromText(t.Text)
			return earlier.Code == code && t.At.After(changed)
		})
		if at >= 0 {
			return all[at]
		}
	}
	return newest
}

// evidence is what was said of the store, and where.
func (t told) evidence(of eso.StoreKey, namespace string) doctor.Evidence {
	e := doctor.Evidence{Object: doctor.Object{Kind: "Event", Namespace: of.EventNamespace(), Name: reasonInvalid}, Field: "message", Value: t.Text,
		ResourceVersion: t.Version, Time: t.At}
	if t.Logged {
		e.Object, e.Field = doctor.Object{Kind: "Deployment", Namespace: namespace, Name: "external-secrets"}, "log"
	}
	return e
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
	why, _ := refusal(ctx, s, st)
	return st.Key().Cause(why.Text).Code
}
