package podworker

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/podstatus"
)

const requestTimeout = 10 * time.Second

var errGone = errors.New("the pod is gone")

// markDirty says that the pod's status has changed.
func (w *Worker) markDirty() {
	select {
	case w.dirty <- struct{}{}:
	default:
	}
}

// publish writes the status after every change, and a last time when the pod has ended.
func (w *Worker) publish() {
	for {
		select {
		case <-w.dirty:
			w.publishOnce()
		case <-w.ended:
			w.publishOnce()
			return
		}
	}
}

// publishOnce tries until the status of now is written or nobody is to be told.
func (w *Worker) publishOnce() {
	retry(w.abandoned, w.host.Pace, func(ctx context.Context) bool {
		err := w.writeStatus(ctx)
		if err == nil || errors.Is(err, errGone) {
			return true
		}
		if !apierrors.IsConflict(err) {
			w.host.Log.Warn("write pod status", "pod", w.Pod().Namespace+"/"+w.Pod().Name, "error", err)
		}
		return false
	})
}

func (w *Worker) writeStatus(ctx context.Context) error {
	known := w.Pod()
	pods := w.host.Client.CoreV1().Pods(known.Namespace)
	pod, err := pods.Get(ctx, known.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && pod.UID != known.UID {
		return errGone
	}
	if err != nil {
		return err
	}
	status := podstatus.Build(pod, w.observation(), now())
	if equality.Semantic.DeepEqual(status, pod.Status) {
		return nil
	}
	pod.Status = status
	if _, err := pods.UpdateStatus(ctx, pod, metav1.UpdateOptions{}); apierrors.IsNotFound(err) {
		return errGone
	} else if err != nil {
		return err
	}
	return nil
}

func (w *Worker) observation() podstatus.Observation {
	w.mu.Lock()
	defer w.mu.Unlock()
	return podstatus.Observation{
		HostIP: w.host.HostIP, PodIP: w.ip, StartTime: w.startTime, Mounted: w.mounted, Ended: w.over,
		InitContainers: statuses(w.initContainers), Containers: statuses(w.containers),
	}
}

func statuses(containers []*container) []corev1.ContainerStatus {
	var all []corev1.ContainerStatus
	for _, c := range containers {
		all = append(all, *c.status.DeepCopy())
	}
	return all
}

// Remove takes a pod that has ended out of the API server, which keeps it until its node says so.

func (h *Host) Remove(ctx context.Context, pod *corev1.Pod) {
	options := metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0), Preconditions: metav1.NewUIDPreconditions(string(pod.UID))}
	retry(ctx, h.Pace, func(ctx context.Context) bool {
		err := h.Client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, options)
		if err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			return true
		}
		h.Log.Warn("remove pod from the API server", "pod", pod.Namespace+"/"+pod.Name, "error", err)
		return false
	})
}

// retry calls attempt with growing delays until it returns true or the context ends.
func retry(ctx context.Context, pace Pace, attempt func(context.Context) bool) {
	for delay := pace.Retry; ctx.Err() == nil; delay = min(2*delay, 10*pace.Retry) {
		limited, cancel := context.WithTimeout(ctx, requestTimeout)
		finished := attempt(limited)
		cancel()
		if finished {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(delay):
		}
	}
}
