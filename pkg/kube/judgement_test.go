package kube

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	// Kubernetes' own decoder keeps whole numbers whole.
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: m}
}

func pod(t *testing.T, status string) *unstructured.Unstructured {
	return object(t, "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns, labels: {a: b}}, status: "+status+"}")
}

func TestPodTrouble(t *testing.T) {
	tests := []struct{ name, status, want string }{
		{"running", "{phase: Running, containerStatuses: [{name: c, ready: true, state: {running: {}}}]}", ""},
		{"creating", "{containerStatuses: [{name: c, state: {waiting: {reason: ContainerCreating}}}]}", ""},
		{"image pull", "{containerStatuses: [{name: c, state: {waiting: {reason: ImagePullBackOff, message: no such image}}}]}", "ImagePullBackOff: no such image"},
		{"init image", "{initContainerStatuses: [{name: i, state: {waiting: {reason: ErrImagePull}}}]}", "container i: ErrImagePull"},
		{"config", "{containerStatuses: [{name: c, state: {waiting: {reason: CreateContainerConfigError, message: 'secret \"x\" not found'}}}]}", `secret "x" not found`},
		{"crashed once", "{containerStatuses: [{name: c, restartCount: 1, state: {waiting: {reason: CrashLoopBackOff}}}]}", ""},
		{"crash loop", "{containerStatuses: [{name: c, restartCount: 4, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 2, reason: Error}}}]}", "crashed 4 times, last with exit code 2 (Error)"},
		{"unschedulable", "{conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/1 nodes}]}", "cannot be scheduled: 0/1 nodes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found := PodTrouble(pod(t, tt.status))
			if (tt.want != "") != found || !strings.Contains(got.String(), tt.want) {
				t.Errorf("got %t, %q, want %q", found, got, tt.want)
			}
		})
	}
}

func deployment(t *testing.T, name, spec, status string) *unstructured.Unstructured {
	return object(t, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: "+name+", namespace: ns, generation: 2, labels: {a: b}}, spec: "+spec+", status: "+status+"}")
}

const available = "{observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, conditions: [{type: Available, status: 'True'}]}"

func TestUnavailable(t *testing.T) {
	deployments := []*unstructured.Unstructured{
		deployment(t, "good", "{replicas: 1}", available),
		deployment(t, "starting", "{replicas: 1}", "{observedGeneration: 2, replicas: 1}"),
		deployment(t, "stale", "{replicas: 1}", strings.Replace(available, "observedGeneration: 2", "observedGeneration: 1", 1)),
		deployment(t, "idle", "{replicas: 0}", "{observedGeneration: 2, conditions: [{type: Available, status: 'True'}]}"),
	}
	if diff := cmp.Diff([]string{"starting", "stale"}, Unavailable(deployments)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"idle"}, ScaledToZero(deployments)); diff != "" {
		t.Error(diff)
	}
}

func TestMissing(t *testing.T) {
	there := []*unstructured.Unstructured{deployment(t, "a", "{}", "{}"), deployment(t, "c", "{}", "{}")}
	names := []string{"a", "b", "c", "d"}
	if diff := cmp.Diff([]string{"b", "d"}, Missing(there, names)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, names); diff != "" {
		t.Errorf("the names asked for have changed: %s", diff)
	}
	if got := Missing(there, nil); len(got) != 0 {
		t.Errorf("nothing asked for, but %v", got)
	}
}

func TestEvents(t *testing.T) {
	seen := Seen{Objects: []*unstructured.Unstructured{
		object(t, "{metadata: {resourceVersion: '1'}, type: Warning, reason: Bad, message: '(combined from similar events): second', lastTimestamp: '2026-01-01T00:00:02Z'}"),
		object(t, "{metadata: {resourceVersion: '2'}, type: Warning, reason: Bad, message: first, lastTimestamp: '2026-01-01T00:00:01Z'}"),
		object(t, "{metadata: {resourceVersion: '3'}, type: Normal, reason: Good, message: third, lastTimestamp: null, series: {lastObservedTime: '2026-01-01T00:00:03.5Z'}}"),
		object(t, "{metadata: {resourceVersion: '4', creationTimestamp: '2026-01-01T00:00:00Z'}, reason: Other}"),
	}}
	events := Events(seen)
	if e, _ := Newest(events, "Bad"); e.Message != "second" || e.Version != "1" {
		t.Errorf("newest Bad is %+v", e)
	}
	if e, _ := Newest(events, "Bad", "Good"); e.Message != "third" {
		t.Errorf("newest of both is %+v", e)
	}
	if e, found := Newest(events, "Other"); !found || e.Last.IsZero() {
		t.Errorf("event without time: %+v", e)
	}
	if _, found := Newest(events, "Absent"); found {
		t.Error("found an event that is not there")
	}
}

func TestEventsOf(t *testing.T) {
	client := newFake()
	tests := []struct {
		namespace string
		uid       types.UID
		home      string
		with      bool
	}{{"ns", "u-1", "ns", true}, {"ns", "", "ns", false}, {"", "", "default", false}}
	for _, tt := range tests {
		source := EventsOf(client, "Thing", tt.namespace, "a", tt.uid)
		selector, err := fields.ParseSelector(source.Options.FieldSelector)
		if err != nil {
			t.Fatal(err)
		}
		uid, found := selector.RequiresExactMatch("involvedObject.uid")
		if found != tt.with || uid != string(tt.uid) {
			t.Errorf("uid %q: selector %s", tt.uid, selector)
		}
		if name, _ := selector.RequiresExactMatch("involvedObject.name"); name != "a" || !source.Optional {
			t.Errorf("selector %s, optional %t", selector, source.Optional)
		}
		client.ClearActions()
		if _, err := source.Client.List(t.Context(), source.Options); err != nil || client.Actions()[0].GetNamespace() != tt.home {
			t.Errorf("asked in namespace %q, %v", client.Actions()[0].GetNamespace(), err)
		}
	}
}

func TestTerminating(t *testing.T) {
	ns := object(t, "{status: {conditions: [{type: NamespaceContentRemaining, status: 'True', message: x}, {type: NamespaceFinalizersRemaining, status: 'True', message: has finalizers}]}}")
	if got := Terminating(ns); got != " (has finalizers)" {
		t.Errorf("got %q", got)
	}
	if got := Terminating(object(t, "{status: {}}")); got != "" {
		t.Errorf("got %q", got)
	}
}
