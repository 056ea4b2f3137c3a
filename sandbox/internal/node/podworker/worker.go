package podworker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/utils/clock"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/volume"
)

// Worker runs one pod.
type Worker struct {
	host      *Host
	ip        string
	dir       string
	startTime metav1.Time
	volumes   *volume.Set
	crashes   *flowcontrol.Backoff
	pulls     *flowcontrol.Backoff

	// stopping ends when the pod shall end, killing when it must; abandoned ends when nobody is to be told.
	stopping  context.Context
	stop      context.CancelFunc
	killing   context.Context
	kill      context.CancelFunc
	abandoned context.Context
	abandon   context.CancelFunc

	background sync.WaitGroup
	dirty      chan struct{}
	ended      chan struct{}
	done       chan struct{}

	mu             sync.Mutex
	pod            *corev1.Pod
	woken          chan struct{}
	initContainers []*container
	containers     []*container
	mounted        bool
	over           bool
}

// Start runs a pod until it is stopped. The pod's status says what an earlier node agent left of it.
func Start(host *Host, pod *corev1.Pod) (*Worker, error) {
	ip, err := host.Addresses.AllocateIP()
	if err != nil {
		return nil, fmt.Errorf("start pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	dir := filepath.Join(host.Dir, string(pod.UID))
	w := &Worker{
		host: host, ip: ip, dir: dir, startTime: now(), pod: pod,
		volumes: volume.NewSet(host.Client, host.Objects, clock.RealClock{}, filepath.Join(dir, "volumes")),
		crashes: flowcontrol.NewBackOff(host.Pace.BackOff, host.Pace.BackOffMax),
		pulls:   flowcontrol.NewBackOff(host.Pace.BackOff, host.Pace.BackOffMax),
		dirty:   make(chan struct{}, 1), ended: make(chan struct{}), done: make(chan struct{}), woken: make(chan struct{}),
	}
	if pod.Status.StartTime != nil {
		w.startTime = *pod.Status.StartTime
	}
	w.stopping, w.stop = context.WithCancel(context.Background())
	w.killing, w.kill = context.WithCancel(context.Background())
	w.abandoned, w.abandon = context.WithCancel(context.Background())
	for i := range pod.Spec.InitContainers {
		w.initContainers = append(w.initContainers, w.newContainer(&pod.Spec.InitContainers[i], true, pod.Status.InitContainerStatuses))
	}
	for i := range pod.Spec.Containers {
		w.containers = append(w.containers, w.newContainer(&pod.Spec.Containers[i], false, pod.Status.ContainerStatuses))
	}
	go w.run()
	return w, nil
}

// now has the precision that the API server keeps, so that what it has compares equal to what was written.
func now() metav1.Time { return metav1.Now().Rfc3339Copy() }

// Update gives the worker the pod's newest object.
func (w *Worker) Update(pod *corev1.Pod) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pod = pod
}

// Wake makes the worker look again at the objects that its volumes come from.
func (w *Worker) Wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.woken)
	w.woken = make(chan struct{})
}

// Delete ends the pod, which gets grace to end by itself, and takes it out of the API server. A later call
// can only shorten the time.
func (w *Worker) Delete(grace time.Duration) {
	w.stop()
	time.AfterFunc(grace, w.kill)
}

// Abandon ends the pod's processes, which get grace, and tells the API server nothing: the pod is gone there,
// or the node agent ends and another will take it up again.
func (w *Worker) Abandon(grace time.Duration) {
	w.abandon()
	w.Delete(grace)
}

// Done is closed when nothing of the pod is left on this host.
func (w *Worker) Done() <-chan struct{} { return w.done }

// Pod returns the pod's newest object that the worker knows.
func (w *Worker) Pod() *corev1.Pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pod
}

// HostPort returns the port of this host behind a port of the pod.
func (w *Worker) HostPort(port int32) (int, bool) { return w.host.Addresses.HostPort(w.ip, port) }

func (w *Worker) run() {
	defer close(w.done)
	defer w.kill()
	defer w.abandon()
	w.background.Go(w.publish)
	w.markDirty()
	w.runContainers()
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	w.markDirty()
	<-w.stopping.Done()
	close(w.ended)
	w.background.Wait()
	w.cleanUp()
	if w.abandoned.Err() == nil {
		w.host.Remove(w.abandoned, w.Pod())
	}
}

// runContainers returns when no container runs or will run again.
func (w *Worker) runContainers() {
	if !w.prepare() {
		return
	}
	w.background.Go(w.refreshVolumes)
	for _, c := range w.initContainers {
		c.run()
		if !c.succeeded() {
			return
		}
	}
	var running sync.WaitGroup
	for _, c := range w.containers {
		running.Go(c.run)
	}
	running.Wait()
}

// prepare makes the pod's directories and mounts its volumes; it returns false when the pod ended before.
func (w *Worker) prepare() bool {
	for _, dir := range []string{w.dir, w.home(), w.temporary()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			w.host.event(w.Pod(), "", corev1.EventTypeWarning, "FailedCreatePodSandBox", fmt.Sprintf("Failed to create pod sandbox: %v", err))
			return false
		}
	}
	if !w.sleep(w.host.Pace.Sandbox, nil) || !w.mountVolumes() {
		return false
	}
	w.mu.Lock()
	w.mounted = true
	w.mu.Unlock()
	w.markDirty()
	return true
}

func (w *Worker) cleanUp() {
	w.host.Addresses.ReleaseIP(w.ip)
	if err := os.RemoveAll(w.dir); err != nil {
		w.host.Log.Warn("remove pod directory", "pod", w.Pod().Name, "error", err)
	}
}

func (w *Worker) home() string { return filepath.Join(w.dir, "home") }

func (w *Worker) temporary() string { return filepath.Join(w.dir, "tmp") }
