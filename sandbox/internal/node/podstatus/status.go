// Package podstatus sums up the states of a pod's containers as a kubelet does: phase, conditions and addresses.
package podstatus

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Observation is what the node knows about a pod.
type Observation struct {
	HostIP    string
	PodIP     string
	StartTime metav1.Time
	// Mounted says that the pod's volumes are there, so that its containers can start.
	Mounted bool
	// Ended says that none of its containers runs or will run again.
	Ended bool

	InitContainers []corev1.ContainerStatus
	Containers     []corev1.ContainerStatus
}

// Build returns the status of pod, whose own status is the one that the API server has. What others write
// there, its quality of service and their conditions, stays.
func Build(pod *corev1.Pod, seen Observation, now metav1.Time) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	status.ObservedGeneration = pod.Generation
	status.HostIP, status.HostIPs = seen.HostIP, []corev1.HostIP{{IP: seen.HostIP}}
	status.PodIP, status.PodIPs = seen.PodIP, []corev1.PodIP{{IP: seen.PodIP}}
	status.StartTime = &seen.StartTime
	status.InitContainerStatuses = seen.InitContainers
	status.ContainerStatuses = seen.Containers
	status.Phase = phase(seen)
	for _, condition := range conditions(status.Phase, seen) {
		condition.ObservedGeneration = pod.Generation
		set(&status, condition, now)
	}
	return status
}

func phase(seen Observation) corev1.PodPhase {
	if seen.Ended {
		return endPhase(seen)
	}
	if len(incomplete(seen.InitContainers)) > 0 {
		return corev1.PodPending
	}
	for i := range seen.Containers {
		if neverRan(&seen.Containers[i]) {
			return corev1.PodPending
		}
	}
	// What has stopped is about to be restarted, or waits for others that still run.
	return corev1.PodRunning
}

func endPhase(seen Observation) corev1.PodPhase {
	for _, container := range seen.Containers {
		if end := container.State.Terminated; end == nil || end.ExitCode != 0 {
			return corev1.PodFailed
		}
	}
	return corev1.PodSucceeded
}

func neverRan(container *corev1.ContainerStatus) bool {
	return container.State.Waiting != nil && container.LastTerminationState.Terminated == nil
}

// incomplete names the init containers that have not succeeded.
func incomplete(containers []corev1.ContainerStatus) []string {
	var names []string
	for _, container := range containers {
		if end := container.State.Terminated; end == nil || end.ExitCode != 0 {
			names = append(names, container.Name)
		}
	}
	return names
}

func unready(containers []corev1.ContainerStatus) []string {
	var names []string
	for _, container := range containers {
		if !container.Ready {
			names = append(names, container.Name)
		}
	}
	return names
}
