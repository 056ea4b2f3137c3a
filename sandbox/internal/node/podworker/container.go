package podworker

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/containerlog"
)

// container runs one container of the pod, again and again where the pod's restart policy says so.
type container struct {
	worker *Worker
	spec   *corev1.Container
	init   bool

	// The worker's lock guards what follows.
	status   corev1.ContainerStatus
	runs     int32
	current  *containerlog.Log
	previous *containerlog.Log
}

func (w *Worker) newContainer(spec *corev1.Container, isInit bool, known []corev1.ContainerStatus) *container {
	c := &container{worker: w, spec: spec, init: isInit}
	c.status = corev1.ContainerStatus{Name: spec.Name, Image: spec.Image, Started: ptr.To(false)}
	reason := "ContainerCreating"
	if len(w.pod.Spec.InitContainers) > 0 {
		reason = "PodInitializing"
	}
	c.status.State.Waiting = &corev1.ContainerStateWaiting{Reason: reason}
	for i := range known {
		if known[i].Name == spec.Name {
			c.resume(&known[i])
		}
	}
	return c
}

// resume counts a run that an earlier node agent started; its process is gone.
func (c *container) resume(known *corev1.ContainerStatus) {
	if known.ContainerID == "" {
		return
	}
	c.runs = known.RestartCount + 1
	c.status.RestartCount = known.RestartCount
	c.status.LastTerminationState = known.LastTerminationState
	switch {
	case known.State.Terminated != nil:
		c.status.LastTerminationState = known.State
	case known.State.Running != nil:
		c.status.LastTerminationState = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: 255, Reason: "Unknown", StartedAt: known.State.Running.StartedAt, FinishedAt: now(), ContainerID: known.ContainerID,
		}}
	}
}

// run returns when the container will not run again.
func (c *container) run() {
	for {
		command, ok := c.prepare()
		if !ok {
			return
		}
		c.runOnce(command)
		if c.worker.stopping.Err() != nil || !c.restarts() || !c.backOff() {
			return
		}
	}
}

func (c *container) restarts() bool {
	switch policy := c.worker.Pod().Spec.RestartPolicy; {
	case policy == corev1.RestartPolicyNever:
		return false
	case policy == corev1.RestartPolicyOnFailure || c.init:
		return !c.succeeded()
	}
	return true
}

func (c *container) succeeded() bool {
	c.worker.mu.Lock()
	defer c.worker.mu.Unlock()
	end := c.status.State.Terminated
	return end != nil && end.ExitCode == 0
}

// backOff waits as long as a kubelet would before it restarts the container. It returns false when the pod
// ended before.
func (c *container) backOff() bool {
	w := c.worker
	finished := time.Now()
	for first := true; w.crashes.IsInBackOffSince(c.spec.Name, finished); first = false {
		delay := w.crashes.Get(c.spec.Name)
		pod := w.Pod()
		name := fmt.Sprintf("%s_%s(%s)", pod.Name, pod.Namespace, pod.UID)
		c.event(corev1.EventTypeWarning, "BackOff", fmt.Sprintf("Back-off restarting failed container %s in pod %s", c.spec.Name, name))
		if first {
			c.wait("CrashLoopBackOff", fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", delay, c.spec.Name, name))
		}
		if !w.sleep(min(time.Until(finished.Add(delay)), w.host.Pace.BackOff), nil) {
			return false
		}
	}
	w.crashes.Next(c.spec.Name, finished)
	return true
}

// wait shows the container as waiting; the end of its last run moves to its last state.
func (c *container) wait(reason, message string) {
	c.change(func(status *corev1.ContainerStatus) {
		if status.State.Terminated != nil {
			status.LastTerminationState = status.State
		}
		status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	})
}

func (c *container) change(apply func(*corev1.ContainerStatus)) {
	c.worker.mu.Lock()
	apply(&c.status)
	c.worker.mu.Unlock()
	c.worker.markDirty()
}

func (c *container) event(kind, reason, message string) {
	field := "containers"
	if c.init {
		field = "initContainers"
	}
	c.worker.host.event(c.worker.Pod(), fmt.Sprintf("spec.%s{%s}", field, c.spec.Name), kind, reason, message)
}
