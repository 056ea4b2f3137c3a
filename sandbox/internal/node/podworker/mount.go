package podworker

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// mountVolumes tries until all volumes are there. It returns false when the pod ended before.
func (w *Worker) mountVolumes() bool {
	for delay := w.host.Pace.Retry; ; delay = min(2*delay, w.host.Pace.RetryMax) {
		woken := w.wakeup()
		if w.syncVolumes() {
			return w.stopping.Err() == nil
		}
		if !w.sleep(delay, woken) {
			return false
		}
	}
}

// refreshVolumes keeps the volumes up to date while containers run.
func (w *Worker) refreshVolumes() {
	delay := w.host.Pace.Retry
	wait := w.untilRenewal()
	for {
		woken := w.wakeup()
		if !w.sleep(wait, woken) {
			return
		}
		if w.syncVolumes() {
			delay, wait = w.host.Pace.Retry, w.untilRenewal()
		} else {
			delay = min(2*delay, w.host.Pace.RetryMax)
			wait = delay
		}
	}
}

// untilRenewal returns how long the volumes stay right if no object changes.
func (w *Worker) untilRenewal() time.Duration {
	next := w.volumes.NextRenewal()
	if next.IsZero() {
		return time.Hour
	}
	return max(time.Until(next), 0)
}

func (w *Worker) syncVolumes() bool {
	pod := w.withAddresses()
	failed := w.volumes.Sync(w.stopping, pod)
	if w.stopping.Err() != nil {
		return false
	}
	for _, err := range failed {
		w.host.event(pod, "", corev1.EventTypeWarning, "FailedMount", err.Error())
	}
	return len(failed) == 0
}

// withAddresses returns the pod with the addresses that it may not have in the API server yet.
func (w *Worker) withAddresses() *corev1.Pod {
	pod := w.Pod().DeepCopy()
	pod.Status.HostIP = w.host.HostIP
	pod.Status.PodIP = w.ip
	pod.Status.PodIPs = []corev1.PodIP{{IP: w.ip}}
	return pod
}

// wakeup returns a channel that is closed when an object that volumes come from changes. It is to be asked
// for before looking at the objects, so that no change falls between the two.
func (w *Worker) wakeup() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.woken
}

// sleep returns false when the pod shall end, and true when the time is over or woken is closed.
func (w *Worker) sleep(duration time.Duration, woken <-chan struct{}) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-w.stopping.Done():
		return false
	case <-timer.C:
	case <-woken:
	}
	return true
}
