package node

import (
	"context"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/podworker"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/volume"
)

const (
	// goneGrace is how long the processes of a pod have that was removed from the API server by force.
	goneGrace     = 2 * time.Second
	removeTimeout = time.Minute
)

// pods are the pods of this node.
//
// The pod controller of virtual-kubelet is not used here: it resolves environments before the node sees a pod
// (so a missing Secret never shows as CreateContainerConfigError), records events of its own, and leaves a
// pod that has ended in the API server until its grace period is over.
type pods struct {
	host *podworker.Host
	log  *slog.Logger

	mu      sync.Mutex
	closed  bool
	workers map[types.UID]*podworker.Worker
}

func newPods(host *podworker.Host, log *slog.Logger) *pods {
	return &pods{host: host, log: log, workers: map[types.UID]*podworker.Worker{}}
}

// sync brings a pod to what its object says.
func (p *pods) sync(pod *corev1.Pod) {
	p.mu.Lock()
	defer p.mu.Unlock()
	worker := p.workers[pod.UID]
	switch {
	case p.closed:
	case worker != nil:
		p.update(worker, pod)
	case pod.DeletionTimestamp != nil:
		// Nothing of it runs here, which is all that the API server waits for.
		go p.removeObject(pod)
	case pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed:
		p.start(pod)
	}
}

func (p *pods) update(worker *podworker.Worker, pod *corev1.Pod) {
	old := worker.Pod()
	worker.Update(pod)
	if pod.DeletionTimestamp != nil {
		worker.Delete(grace(pod))
	} else if old.Generation != pod.Generation || !sameMetadata(old, pod) {
		worker.Wake()
	}
}

func (p *pods) start(pod *corev1.Pod) {
	worker, err := podworker.Start(p.host, pod)
	if err != nil {
		p.log.Error("start pod", "pod", pod.Namespace+"/"+pod.Name, "error", err)
		return
	}
	p.workers[pod.UID] = worker
	go func() {
		<-worker.Done()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.workers, pod.UID)
	}()
}

func (p *pods) removeObject(pod *corev1.Pod) {
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	p.host.Remove(ctx, pod)
}

// remove ends a pod whose object is gone.
func (p *pods) remove(uid types.UID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if worker := p.workers[uid]; worker != nil {
		worker.Abandon(goneGrace)
	}
}

// objectChanged tells the pods whose volumes take files from the object.
func (p *pods) objectChanged(kind, namespace, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, worker := range p.workers {
		if pod := worker.Pod(); pod.Namespace == namespace && volume.References(pod, kind, name) {
			worker.Wake()
		}
	}
}

// find returns the pod of that name; of two, the one that is not about to go.
func (p *pods) find(namespace, name string) *podworker.Worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found *podworker.Worker
	for _, worker := range p.workers {
		pod := worker.Pod()
		if pod.Namespace == namespace && pod.Name == name && (found == nil || pod.DeletionTimestamp == nil) {
			found = worker
		}
	}
	return found
}

// list returns the objects of all pods.
func (p *pods) list() []*corev1.Pod {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []*corev1.Pod
	for _, worker := range p.workers {
		all = append(all, worker.Pod())
	}
	return all
}

// abandon ends every pod's processes and waits until they are gone. Their objects stay as they are.
func (p *pods) abandon(grace time.Duration) {
	p.mu.Lock()
	p.closed = true
	var ending []*podworker.Worker
	for _, worker := range p.workers {
		worker.Abandon(grace)
		ending = append(ending, worker)
	}
	p.mu.Unlock()
	for _, worker := range ending {
		<-worker.Done()
	}
}

func grace(pod *corev1.Pod) time.Duration {
	if pod.DeletionGracePeriodSeconds == nil {
		return 30 * time.Second
	}
	return time.Duration(*pod.DeletionGracePeriodSeconds) * time.Second
}
