package podworker

import (
	"context"
	"fmt"
	"io"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/containerlog"
)

// Log returns the log of a container, of its last run or of the one before. Errors are worded as a kubelet
// words them, since kubectl shows them.
func (w *Worker) Log(name string, previous bool) (LogReader, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range slices.Concat(w.initContainers, w.containers) {
		if c.spec.Name == name {
			return c.log(previous)
		}
	}
	return nil, fmt.Errorf("container %q in pod %q is not available", name, w.pod.Name)
}

// LogReader writes a log as options ask.
type LogReader interface {
	Copy(ctx context.Context, w io.Writer, options *corev1.PodLogOptions) error
}

func (c *container) log(previous bool) (*containerlog.Log, error) {
	pod := c.worker.pod.Name
	waiting := c.status.State.Waiting
	switch {
	case previous && waiting != nil && c.current != nil:
		// The run that ended last is the one before the one that is awaited.
		return c.current, nil
	case previous && c.previous != nil:
		return c.previous, nil
	case previous:
		return nil, fmt.Errorf("previous terminated container %q in pod %q not found", c.spec.Name, pod)
	case c.current != nil:
		return c.current, nil
	case waiting == nil:
		return nil, fmt.Errorf("container %q in pod %q is not available", c.spec.Name, pod)
	case waiting.Reason == "ErrImagePull":
		return nil, fmt.Errorf("container %q in pod %q is waiting to start: image can't be pulled", c.spec.Name, pod)
	case waiting.Reason == "ImagePullBackOff":
		return nil, fmt.Errorf("container %q in pod %q is waiting to start: trying and failing to pull image", c.spec.Name, pod)
	}
	return nil, fmt.Errorf("container %q in pod %q is waiting to start: %v", c.spec.Name, pod, waiting.Reason)
}
