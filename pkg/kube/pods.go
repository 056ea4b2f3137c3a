package kube

import (
	"cmp"
	"fmt"
	"regexp"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// PodsResource selects pods for a dynamic client.
var PodsResource = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// Obstacle is what keeps a workload from running.
type Obstacle string

// The obstacles that no patience removes, or not within the time that anybody would wait.
const (
	ImageUnavailable Obstacle = "image"
	BadConfiguration Obstacle = "configuration"
	Crashing         Obstacle = "crash"
	Unschedulable    Obstacle = "scheduling"
	NoSandbox        Obstacle = "sandbox"
	PodsRefused      Obstacle = "refused"
	ToldToRunNothing Obstacle = "replicas"
)

// Trouble says why a workload does not become ready.
type Trouble struct {
	Obstacle Obstacle
	// Object has the trouble, as in "pod p"; Pod and Container are set where it is one's.
	Object, Pod, Container string
	// Text is what Kubernetes says of it.
	Text string
	// Patience is how long it may last before it counts, since it may go away by itself.
	Patience time.Duration
}

func (t Trouble) String() string { return t.Object + t.Text }

// crashLimit is how many restarts are taken as bad luck at the start.
const crashLimit = 2

// How long obstacles may last that go away by themselves now and then: a registry that was not reached once, a node that an autoscaler is
// about to add, a network that a new node is still setting up.
const (
	firstPullPatience = 5 * time.Second
	networkPatience   = 12 * time.Second
	schedulePatience  = 10 * time.Second
	sandboxPatience   = 8 * time.Second
	refusedPatience   = 5 * time.Second
)

// unhealing are waiting reasons that no patience mends.
var unhealing = map[string]Obstacle{
	"ErrImagePull": ImageUnavailable, "ImagePullBackOff": ImageUnavailable, "InvalidImageName": ImageUnavailable, "ErrImageNeverPull": ImageUnavailable,
	"ImageInspectError": ImageUnavailable, "CreateContainerConfigError": BadConfiguration, "CreateContainerError": BadConfiguration, "RunContainerError": BadConfiguration,
}

// PodTrouble says why a pod will not become ready by itself, and is false where nothing keeps it from that.
func PodTrouble(obj *unstructured.Unstructured) (Trouble, bool) {
	var pod corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &pod); err != nil {
		return Trouble{}, false
	}
	of := Trouble{Object: "pod " + pod.Name, Pod: pod.Name}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			of.Obstacle, of.Text, of.Patience = Unschedulable, " cannot be scheduled: "+c.Message, schedulePatience
			return of, true
		}
	}
	for _, c := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if t, found := troubleOfContainer(c); found {
			t.Object, t.Pod, t.Container, t.Text = of.Object, of.Pod, c.Name, ": "+t.Text
			return t, true
		}
	}
	return Trouble{}, false
}

func troubleOfContainer(c corev1.ContainerStatus) (Trouble, bool) {
	w := c.State.Waiting
	if w == nil {
		return Trouble{}, false
	}
	if obstacle, known := unhealing[w.Reason]; known {
		return Trouble{Obstacle: obstacle, Text: fmt.Sprintf("container %s: %s: %s", c.Name, w.Reason, w.Message), Patience: pullPatience(w)}, true
	}
	if w.Reason == "CrashLoopBackOff" && c.RestartCount > crashLimit {
		return Trouble{Obstacle: Crashing, Text: fmt.Sprintf("container %s has crashed %d times%s", c.Name, c.RestartCount, lastExit(c))}, true
	}
	return Trouble{}, false
}

// wayToRegistry are words of a failure to reach a registry, as against one of finding the image there.
var wayToRegistry = regexp.MustCompile(`(?i)time.?out|connection re|no such host|\bEOF\b|handshake|temporar|too many requests|\b50[0-9]\b`)

// pullPatience gives a pull that failed on the way to the registry a second try.
func pullPatience(w *corev1.ContainerStateWaiting) time.Duration {
	pulling := w.Reason == "ErrImagePull" || w.Reason == "ImagePullBackOff"
	switch {
	case pulling && wayToRegistry.MatchString(w.Message):
		return networkPatience
	case w.Reason == "ErrImagePull":
		return firstPullPatience
	}
	return 0
}

func lastExit(c corev1.ContainerStatus) string {
	t := c.LastTerminationState.Terminated
	if t == nil {
		return ""
	}
	return fmt.Sprintf(", last with exit code %d (%s)", t.ExitCode, t.Reason)
}

// podState is in a few words what a pod does while it is not ready, and "" once it is.
func podState(obj *unstructured.Unstructured) string {
	var pod corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &pod); err != nil {
		return ""
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
			return ""
		}
	}
	for _, c := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		switch {
		case c.State.Waiting != nil:
			return c.State.Waiting.Reason
		case c.State.Terminated != nil:
			return "ended with exit code " + fmt.Sprint(c.State.Terminated.ExitCode)
		}
	}
	if len(pod.Status.ContainerStatuses) > 0 {
		return "started, not ready yet"
	}
	return string(cmp.Or(pod.Status.Phase, corev1.PodPending))
}
