package kube

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// EventsResource is where ESO and the kubelet report what happened.
var EventsResource = schema.GroupVersionResource{Version: "v1", Resource: "events"}

// SimilarEvents begins the message of an event that stands for several whose messages differ.
const SimilarEvents = "(combined from similar events): "

// EventsOf selects the events about one object; an empty uid stands for every object of that name, deleted ones included. Those about
// a cluster-scoped object are in the namespace default.
func EventsOf(client dynamic.Interface, kind, namespace, name string, uid types.UID) Source {
	home := namespace
	if home == "" {
		home = metav1.NamespaceDefault
	}
	selector := fields.Set{"involvedObject.kind": kind, "involvedObject.name": name}
	if uid != "" {
		selector["involvedObject.uid"] = string(uid)
	}
	return Source{Client: client.Resource(EventsResource).Namespace(home),
		Options: metav1.ListOptions{FieldSelector: selector.AsSelector().String()}, Optional: true}
}

// Event is the part of a Kubernetes event that judgements are made of.
type Event struct {
	Type, Reason, Message string
	// Last is when it was last seen; the resolution is one second.
	Last time.Time
	// Version changes each time that the event is seen again.
	Version string
	// Count is how often it was seen, as far as that is recorded.
	Count int64
}

// Events reads the events of a source, in the order of the source.
func Events(seen Seen) []Event {
	events := make([]Event, 0, len(seen.Objects))
	for _, obj := range seen.Objects {
		events = append(events, newEvent(obj))
	}
	return events
}

func newEvent(obj *unstructured.Unstructured) Event {
	text := func(path ...string) string {
		s, _, _ := unstructured.NestedString(obj.Object, path...)
		return s
	}
	e := Event{Type: text("type"), Reason: text("reason"), Message: text("message"), Version: obj.GetResourceVersion()}
	for _, path := range [][]string{{"count"}, {"series", "count"}} {
		if count, found, _ := unstructured.NestedInt64(obj.Object, path...); found {
			e.Count = max(e.Count, count)
		}
	}
	e.Message = strings.TrimPrefix(e.Message, SimilarEvents)
	e.Last = LastSeen(text("series", "lastObservedTime"), text("lastTimestamp"), text("eventTime"), text("metadata", "creationTimestamp"))
	return e
}

// LastSeen is when an event was seen last: the first of its times that is set, of which a series' own comes first and the event's creation
// last.
func LastSeen(series, last, event, created string) time.Time {
	for _, stamp := range []string{series, last, event, created} {
		if at, err := time.Parse(time.RFC3339Nano, stamp); err == nil {
			return at
		}
	}
	return time.Time{}
}

// Newest returns the newest event among those with one of the reasons, or false.
func Newest(events []Event, reasons ...string) (Event, bool) {
	var newest Event
	found := false
	for _, e := range events {
		for _, reason := range reasons {
			if e.Reason == reason && (!found || !e.Last.Before(newest.Last)) {
				newest, found = e, true
			}
		}
	}
	return newest, found
}
