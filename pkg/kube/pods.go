package kube

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// PodsResource selects pods for a dynamic client.
var PodsResource = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// crashLimit is how many restarts are taken as bad luck at the start.
const crashLimit = 2

// unhealing are waiting reasons that no patience mends.
var unhealing = map[string]bool{
	"ErrImagePull": true, "ImagePullBackOff": true, "InvalidImageName": true, "ErrImageNeverPull": true,
	"CreateContainerConfigError": true, "CreateContainerError": true, "RunContainerError": true,
}

// PodTrouble says why a pod will not become ready by itself, or returns "".
func PodTrouble(obj *unstructured.Unstructured) string {
	var pod corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &pod); err != nil {
		return ""
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return fmt.Sprintf("pod %s cannot be scheduled: %s", pod.Name, c.Message)
		}
	}
	for _, c := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if trouble := containerTrouble(c); trouble != "" {
			return fmt.Sprintf("pod %s: %s", pod.Name, trouble)
		}
	}
	return ""
}

func containerTrouble(c corev1.ContainerStatus) string {
	w := c.State.Waiting
	switch {
	case w == nil:
		return ""
	case unhealing[w.Reason]:
		return fmt.Sprintf("container %s: %s: %s", c.Name, w.Reason, w.Message)
	case w.Reason == "CrashLoopBackOff" && c.RestartCount > crashLimit:
		return fmt.Sprintf("container %s has crashed %d times%s", c.Name, c.RestartCount, lastExit(c))
	}
	return ""
}

func lastExit(c corev1.ContainerStatus) string {
	t := c.LastTerminationState.Terminated
	if t == nil {
		return ""
	}
	return fmt.Sprintf(", last with exit code %d (%s)", t.ExitCode, t.Reason)
}
