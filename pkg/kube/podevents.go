package kube

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// eventsAbout are those about one pod, not about another one that had its name.
func eventsAbout(seen Seen, pod *unstructured.Unstructured) []Event {
	var events []Event
	for _, obj := range seen.Objects {
		if uid, _, _ := unstructured.NestedString(obj.Object, "involvedObject", "uid"); uid == string(pod.GetUID()) {
			events = append(events, newEvent(obj))
		}
	}
	return events
}

// troubleOfEvents finds what is in no pod's status: that its sandbox cannot be made. Once a container has started, there is one.
func troubleOfEvents(pod *unstructured.Unstructured, events []Event) (Trouble, bool) {
	e, found := Newest(events, "FailedCreatePodSandBox")
	if started, _ := Newest(events, "Started", "Pulled", "Created"); !found || started.Last.After(e.Last) || podStarted(pod) {
		return Trouble{}, false
	}
	return Trouble{Obstacle: NoSandbox, Object: "pod " + pod.GetName(), Pod: pod.GetName(), Text: ": FailedCreatePodSandBox: " + e.Message,
		Patience: sandboxPatience}, true
}

func podStarted(pod *unstructured.Unstructured) bool {
	statuses, _, _ := unstructured.NestedSlice(pod.Object, "status", "containerStatuses")
	return slices.ContainsFunc(statuses, func(item any) bool {
		c, _ := item.(map[string]any)
		_, running, _ := unstructured.NestedMap(c, "state", "running")
		return running
	})
}

// lastWarning is the newest warning among events, or "".
func lastWarning(events []Event) string {
	var last Event
	for _, e := range events {
		if e.Type == "Warning" && !e.Last.Before(last.Last) {
			last = e
		}
	}
	if last.Reason == "" {
		return ""
	}
	return last.Reason + ": " + last.Message
}
