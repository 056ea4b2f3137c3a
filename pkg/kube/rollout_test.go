package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

// ofDeployment makes the ReplicaSet and the pod of a Deployment's revision, as its controller does.
func ofDeployment(t *testing.T, d *unstructured.Unstructured, revision int, status string) []*unstructured.Unstructured {
	t.Helper()
	name := fmt.Sprintf("%s-%d", d.GetName(), revision)
	set := object(t, fmt.Sprintf(`
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: %s, namespace: ns, uid: %s, labels: {a: b}, annotations: {deployment.kubernetes.io/revision: "%d"},
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: %s, uid: %s, controller: true}]}`, name, name, revision, d.GetName(), d.GetUID()))
	pod := object(t, fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %s-p, namespace: ns, uid: %s-p, labels: {a: b}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: %s, uid: %s, controller: true}]}
status: %s`, name, name, name, name, status))
	return []*unstructured.Unstructured{set, pod}
}

// starting is a Deployment at its second template that has no pod yet.
func starting(t *testing.T, status string) *unstructured.Unstructured {
	d := deployment(t, "d", "{replicas: 1}", status)
	d.SetUID("d")
	d.SetAnnotations(map[string]string{revisionAnnotation: "2"})
	return d
}

func podEvent(t *testing.T, reason, message string) *unstructured.Unstructured {
	return object(t, fmt.Sprintf(`{apiVersion: v1, kind: Event, metadata: {name: %s, namespace: ns}, involvedObject: {kind: Pod, uid: d-2-p},
  type: Warning, reason: %s, message: %q, lastTimestamp: "2026-01-01T00:00:00Z"}`, strings.ToLower(reason), reason, message))
}

func waitingPod(reason, message string) string {
	return fmt.Sprintf("{containerStatuses: [{name: c, restartCount: 3, state: {waiting: {reason: %s, message: %q}}}]}", reason, message)
}

const unschedulable = "{conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/1 nodes are available}]}"

func TestRolloutEndsAtWhatDoesNotHeal(t *testing.T) {
	tests := []struct {
		name         string
		deployment   string
		pod          string
		events       []*unstructured.Unstructured
		obstacle     Obstacle
		text         string
		least, under time.Duration
	}{
		{"image not found", "", waitingPod("ImagePullBackOff", "not found"), nil, ImageUnavailable, "ImagePullBackOff: not found", 0, time.Second},
		{"first failed pull", "", waitingPod("ErrImagePull", "not found"), nil, ImageUnavailable, "ErrImagePull", firstPullPatience, 8 * time.Second},
		{"registry not reached", "", waitingPod("ImagePullBackOff", "dial tcp: i/o timeout"), nil, ImageUnavailable, "i/o timeout", networkPatience, 15 * time.Second},
		{"never pulled", "", waitingPod("ErrImageNeverPull", "not present"), nil, ImageUnavailable, "ErrImageNeverPull", 0, time.Second},
		{"configuration", "", waitingPod("CreateContainerConfigError", "no key"), nil, BadConfiguration, "no key", 0, time.Second},
		{"crashing", "", waitingPod("CrashLoopBackOff", ""), []*unstructured.Unstructured{podEvent(t, "BackOff", "restarting")}, Crashing,
			"crashed 3 times\n          last event: BackOff: restarting\n          last lines of its log:\n            the end", 0, time.Second},
		{"unschedulable", "", unschedulable, nil, Unschedulable, "cannot be scheduled: 0/1 nodes", schedulePatience, 13 * time.Second},
		{"no sandbox", "", waitingPod("ContainerCreating", ""), []*unstructured.Unstructured{podEvent(t, "FailedCreatePodSandBox", "no network")}, NoSandbox,
			"no network", sandboxPatience, 12 * time.Second},
		{"quota", "{observedGeneration: 2, conditions: [{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: exceeded quota}]}", "", nil, PodsRefused,
			"Deployment d gets no pods: FailedCreate: exceeded quota", refusedPatience, 8 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.deployment == "" {
				tt.deployment = "{observedGeneration: 2}"
			}
			d := starting(t, tt.deployment)
			objects := append(tt.events, d)
			if tt.pod != "" {
				objects = append(objects, ofDeployment(t, d, 2, tt.pod)...)
			}
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				err := rollout(objects...).Wait(t.Context())
				var stuck *StuckError
				if !errors.As(err, &stuck) || stuck.Trouble.Obstacle != tt.obstacle || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("error = %v", err)
				}
				if took := time.Since(start); took < tt.least || took > tt.under {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

func fakeWith(objects []*unstructured.Unstructured) *fake.FakeDynamicClient {
	all := make([]runtime.Object, len(objects))
	for i, o := range objects {
		all[i] = o
	}
	return newFake(all...)
}

func rollout(objects ...*unstructured.Unstructured) Rollout {
	logs := func(context.Context, string, string) []string { return []string{"the end"} }
	return Rollout{Client: fakeWith(objects), Namespace: "ns", Selector: "a=b", Names: []string{"d"}, Logs: logs, Progress: func(string) {}}
}

// waitedFor runs the rollout for a minute, in which it must find nothing to end it.
func waitedFor(t *testing.T, r Rollout) (told string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r.Progress = func(line string) { told = line }
		if err := r.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "waiting for d") {
			t.Errorf("error = %v", err)
		}
	})
	return told
}

func TestRolloutWaitsForWhatMayHeal(t *testing.T) {
	t.Run("a node is being added", func(t *testing.T) {
		d := starting(t, "{observedGeneration: 2}")
		waitedFor(t, rollout(append(ofDeployment(t, d, 2, unschedulable), d, podEvent(t, "TriggeredScaleUp", "from 1 to 2"))...))
	})
	t.Run("a pod of an earlier template", func(t *testing.T) {
		d := starting(t, "{observedGeneration: 2, readyReplicas: 0}")
		if told := waitedFor(t, rollout(append(ofDeployment(t, d, 1, waitingPod("ImagePullBackOff", "")), d)...)); told != "waiting for d: 0 of 1 ready" {
			t.Errorf("told %q", told)
		}
	})
	t.Run("a template that its controller has not seen", func(t *testing.T) {
		d := starting(t, "{observedGeneration: 1}")
		waitedFor(t, rollout(append(ofDeployment(t, d, 2, waitingPod("ImagePullBackOff", "")), d)...))
	})
	t.Run("a pod that starts", func(t *testing.T) {
		d := starting(t, "{observedGeneration: 2}")
		told := waitedFor(t, rollout(append(ofDeployment(t, d, 2, waitingPod("ContainerCreating", "")), d)...))
		if told != "waiting for d: 0 of 1 ready (ContainerCreating)" {
			t.Errorf("told %q", told)
		}
	})
	t.Run("a sandbox that was made in the end", func(t *testing.T) {
		d := starting(t, "{observedGeneration: 2}")
		waitedFor(t, rollout(append(ofDeployment(t, d, 2, "{containerStatuses: [{name: c, state: {running: {}}}]}"), d, podEvent(t, "FailedCreatePodSandBox", "x"))...))
	})
	t.Run("a Deployment that is missing", func(t *testing.T) {
		if told := waitedFor(t, rollout()); told != "waiting for d" {
			t.Errorf("told %q", told)
		}
	})
}

func TestRolloutTimeOutNamesTheLastEvent(t *testing.T) {
	d := starting(t, "{observedGeneration: 2}")
	r := rollout(append(ofDeployment(t, d, 2, waitingPod("ContainerCreating", "")), d, podEvent(t, "FailedMount", "no such volume"))...)
	ctx, cancel := context.WithCancel(t.Context())
	r.Progress = func(string) { cancel() }
	if err := r.Wait(ctx); err == nil || !strings.Contains(err.Error(), "(pod d-2-p: FailedMount: no such volume)") {
		t.Errorf("error = %v", err)
	}
}

func TestRolloutIsDone(t *testing.T) {
	d := starting(t, available)
	objects := append(ofDeployment(t, d, 1, waitingPod("ImagePullBackOff", "")), d)
	if err := rollout(objects...).Wait(t.Context()); err != nil {
		t.Error(err)
	}
	r := rollout(d, deployment(t, "idle", "{replicas: 0}", available))
	var stuck *StuckError
	if err := r.Wait(t.Context()); !errors.As(err, &stuck) || stuck.Trouble.Obstacle != ToldToRunNothing {
		t.Errorf("error = %v", err)
	}
}

// oneObject reads an object as it is; client-go's fakes take the managed fields away.
type oneObject struct{ *unstructured.Unstructured }

func (o oneObject) List(context.Context, metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	return &unstructured.UnstructuredList{Items: []unstructured.Unstructured{*o.Unstructured}}, nil
}

func (o oneObject) Watch(context.Context, metav1.ListOptions) (watch.Interface, error) {
	return watch.NewFake(), nil
}

func TestRefresh(t *testing.T) {
	const start = "2026-01-01T00:00:10Z"
	secret := func(at string) *unstructured.Unstructured {
		return object(t, fmt.Sprintf(`{apiVersion: v1, kind: Secret, metadata: {name: certs, namespace: ns, labels: {c: w}, managedFields: [
  {manager: helm, operation: Update, time: "2026-01-01T00:00:00Z", fieldsV1: {"f:metadata": {}}},
  {manager: other, operation: Update, time: %q, fieldsV1: {"f:data": {"f:tls.crt": {}}}}]}}`, at))
	}
	unfilled := object(t, `{apiVersion: v1, kind: Secret, metadata: {name: certs, namespace: ns, labels: {c: w}, managedFields: [
  {manager: helm, operation: Update, time: "2026-01-01T00:00:20Z", fieldsV1: {"f:metadata": {}, "f:type": {}}}]}}`)
	tests := []struct {
		name   string
		secret *unstructured.Unstructured
		status string
		volume string
		want   int
	}{
		{"filled after the pod's start", secret("2026-01-01T00:00:12Z"), "{startTime: '" + start + "'}", "certs", 2},
		{"in the same second", secret(start), "{startTime: '" + start + "'}", "certs", 2},
		{"filled before", secret("2026-01-01T00:00:09Z"), "{startTime: '" + start + "'}", "certs", 0},
		{"not filled", unfilled, "{startTime: '" + start + "'}", "certs", 0},
		{"another Secret", secret("2026-01-01T00:00:12Z"), "{startTime: '" + start + "'}", "other", 0},
		{"not started", secret("2026-01-01T00:00:12Z"), "{}", "certs", 0},
		{"ready", secret("2026-01-01T00:00:12Z"), "{startTime: '" + start + "', conditions: [{type: Ready, status: 'True'}]}", "certs", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := starting(t, "{observedGeneration: 2}")
			objects := append(ofDeployment(t, d, 2, tt.status), d)
			if err := unstructured.SetNestedSlice(objects[1].Object, []any{map[string]any{"secret": map[string]any{"secretName": tt.volume}}}, "spec", "volumes"); err != nil {
				t.Fatal(err)
			}
			r := rollout(objects...)
			client := fakeWith(objects)
			r.Client, r.Refresh = client, &Refresh{Secrets: oneObject{tt.secret}, Selector: "c=w"}
			patches := 0
			client.PrependReactor("patch", "pods", func(action clienttesting.Action) (bool, runtime.Object, error) {
				if patch := action.(clienttesting.PatchAction); patch.GetPatchType() != types.MergePatchType || !strings.Contains(string(patch.GetPatch()), refreshAnnotation) {
					t.Errorf("patched %s", patch.GetPatch())
				}
				patches++
				return true, objects[1], nil
			})
			waitedFor(t, r)
			if patches != tt.want {
				t.Errorf("%d patches, want %d", patches, tt.want)
			}
		})
	}
}
