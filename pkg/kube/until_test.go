package kube

import (
	"context"
	"errors"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

var things = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

func thing(name, value string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": name, "namespace": "ns"}, "data": map[string]any{"k": value}}}
}

func newFake(objects ...runtime.Object) *fake.FakeDynamicClient {
	kinds := map[schema.GroupVersionResource]string{things: "ConfigMapList", PodsResource: "PodList", DeploymentsResource: "DeploymentList", EventsResource: "EventList",
		ReplicaSetsResource: "ReplicaSetList"}
	return fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, objects...)
}

func source(c dynamic.Interface) Source { return Source{Client: c.Resource(things).Namespace("ns")} }

func TestUntilSeesChanges(t *testing.T) {
	client := newFake(thing("a", "old"))
	calls := 0
	err := Until(t.Context(), []Source{source(client)}, func(seen []Seen) (bool, error) {
		calls++
		value, _, _ := unstructured.NestedString(seen[0].First().Object, "data", "k")
		if calls == 1 {
			if value != "old" {
				t.Errorf("first state is %q", value)
			}
			go update(t, client, thing("a", "new"))
		}
		return value == "new", nil
	})
	if err != nil || calls < 2 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

// update repeats the change until the watch, which the fake starts after the first list, has surely seen it.
func update(t *testing.T, client dynamic.Interface, obj *unstructured.Unstructured) {
	for t.Context().Err() == nil {
		_, _ = client.Resource(things).Namespace("ns").Update(t.Context(), obj, metav1.UpdateOptions{})
		time.Sleep(10 * time.Millisecond)
	}
}

func TestUntilReportsDeletion(t *testing.T) {
	client := newFake(thing("a", "x"))
	err := Until(t.Context(), []Source{source(client)}, func(seen []Seen) (bool, error) {
		if seen[0].First() == nil {
			return true, nil
		}
		go func() {
			// Without a watch in place yet, the next list shows it.
			_ = client.Resource(things).Namespace("ns").Delete(t.Context(), "a", metav1.DeleteOptions{})
		}()
		return false, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestUntilWaitsForAllSources(t *testing.T) {
	client := newFake(thing("a", "x"))
	err := Until(t.Context(), []Source{source(client), {Client: client.Resource(PodsResource).Namespace("ns")}}, func(seen []Seen) (bool, error) {
		if len(seen[0].Objects) != 1 || len(seen[1].Objects) != 0 {
			t.Errorf("judged a state that was not read: %v", seen)
		}
		return true, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func forbid(c *fake.FakeDynamicClient, verb, resource string) {
	c.PrependReactor(verb, resource, func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", errors.New("no"))
	})
}

func TestUntilForbidden(t *testing.T) {
	client := newFake()
	forbid(client, "list", "configmaps")
	never := func([]Seen) (bool, error) { t.Error("judged what may not be read"); return true, nil }
	if err := Until(t.Context(), []Source{source(client)}, never); !apierrors.IsForbidden(err) {
		t.Errorf("error = %v", err)
	}
	optional := source(client)
	optional.Optional = true
	err := Until(t.Context(), []Source{optional}, func(seen []Seen) (bool, error) { return seen[0].Denied != nil, nil })
	if err != nil {
		t.Errorf("optional source: %v", err)
	}
}

func TestUntilPollsWhereWatchIsForbidden(t *testing.T) {
	client := newFake(thing("a", "old"))
	client.PrependWatchReactor("configmaps", clienttesting.DefaultWatchReactor(nil, apierrors.NewForbidden(schema.GroupResource{}, "", errors.New("no"))))
	calls := 0
	err := Until(t.Context(), []Source{source(client)}, func([]Seen) (bool, error) { calls++; return calls == 2, nil })
	if err != nil || calls != 2 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

func TestUntilEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := Until(ctx, []Source{source(newFake())}, func([]Seen) (bool, error) { cancel(); return false, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func TestUntilPassesTheJudgesError(t *testing.T) {
	want := errors.New("judged")
	if err := Until(t.Context(), []Source{source(newFake())}, func([]Seen) (bool, error) { return false, want }); !errors.Is(err, want) {
		t.Errorf("error = %v", err)
	}
}
