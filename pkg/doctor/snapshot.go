package doctor

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Cluster is what the doctor may ask. Its clients must not be able to change anything.
type Cluster struct {
	// Name is what the kubeconfig calls the cluster.
	Name string
	// Context is the kubeconfig's context that leads to it, where several clusters are examined, and else empty.
	Context            string
	Namespace, Release string
	Dynamic            dynamic.Interface
	Typed              kubernetes.Interface
	// Client reads long lists object by object.
	Client rest.Interface
	// Metadata reads nothing of objects but their metadata; an empty namespace stands for all.
	Metadata func(resource schema.GroupVersionResource, namespace string) kube.Reader
	// ReadRelease reads a Helm release.
	ReadRelease func(name string) (helm.Release, error)
	// Raw reads a path of the API server as it is, for objects of which only a part is worth decoding.
	Raw func(ctx context.Context, path string) ([]byte, error)
	// Clock is what the API server's answers have told of its clock so far, and User how the kubeconfig makes itself known.
	Clock func() kube.Offset
	User  func() (kube.User, error)
	// AdminToken returns an administrator's access token for Infisical, or an empty one; nil stands for that, too. It is a function so that no print
	// of the cluster shows it.
	AdminToken func() string
	// Offline means that all there is was given beforehand, as from a file.
	Offline bool
	// Err says why there is no cluster to ask, and is nil if there is.
	Err error
}

// Snapshot is what was read of a cluster. Each input of it is read once, at the same time as the others.
type Snapshot struct {
	Cluster Cluster
	// Now is the time that all checks judge by.
	Now    time.Time
	shared *readings
	// declared are the inputs that may be asked for; nil allows all.
	declared map[string]bool
	// waiting is the input that is being waited for.
	waiting atomic.Pointer[string]
}

// NewSnapshot prepares a snapshot; nothing is read yet. Reading ends with ctx.
func NewSnapshot(ctx context.Context, c Cluster, given ...Given) *Snapshot {
	shared := &readings{ctx: ctx, known: map[string]*reading{}}
	for _, g := range given {
		r := &reading{value: g.value, err: g.err, done: make(chan struct{})}
		close(r.done)
		shared.known[g.name] = r
	}
	return &Snapshot{Cluster: c, Now: time.Now(), shared: shared}
}

// of is the view that a check has.
func (s *Snapshot) of(c Check) *Snapshot {
	view := &Snapshot{Cluster: s.Cluster, Now: s.Now, shared: s.shared, declared: map[string]bool{}}
	for _, input := range c.Inputs {
		view.declared[input.Name()] = true
	}
	return view
}

func (s *Snapshot) waitFor(name string) { s.waiting.Store(&name) }

// waitsFor is the input that is being waited for, or empty.
func (s *Snapshot) waitsFor() string {
	if name := s.waiting.Load(); name != nil {
		return *name
	}
	return ""
}

// readings are shared by all views of a snapshot.
type readings struct {
	ctx   context.Context
	mu    sync.Mutex
	known map[string]*reading
}

// reading is one input's content once done is closed.
type reading struct {
	done  chan struct{}
	value any
	err   error
}

// get returns the reading of that name, and whether it is the caller's to begin.
func (r *readings) get(name string) (_ *reading, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, found := r.known[name]; found {
		return known, false
	}
	fresh := &reading{done: make(chan struct{})}
	r.known[name] = fresh
	return fresh, true
}

// Within ends a call that takes no context together with ctx; the call itself is left behind.
func Within[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := call()
		done <- answer{value, err}
	}()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
