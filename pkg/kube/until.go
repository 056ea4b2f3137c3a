package kube

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
)

// pollInterval is used only where the user may list but not watch, and after a lost connection.
const pollInterval = 2 * time.Second

// Reader lists and watches objects of one kind. Every dynamic.ResourceInterface is one.
type Reader interface {
	List(ctx context.Context, options metav1.ListOptions) (*unstructured.UnstructuredList, error)
	Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
}

// Source is one set of objects to look at.
type Source struct {
	Client  Reader
	Options metav1.ListOptions
	// Optional sources may be forbidden: the judge then sees the refusal instead of objects.
	Optional bool
}

// Named selects the one object of that name.
func Named(client Reader, name string) Source {
	return Source{Client: client, Options: metav1.ListOptions{FieldSelector: "metadata.name=" + name}}
}

// Seen is the present state of a Source.
type Seen struct {
	Objects []*unstructured.Unstructured
	// Denied is set when an optional source may not be read.
	Denied error
}

// First returns the first object, or nil.
func (s Seen) First() *unstructured.Unstructured {
	if len(s.Objects) == 0 {
		return nil
	}
	return s.Objects[0]
}

// ListSeen is the state that a list shows.
func ListSeen(list *unstructured.UnstructuredList) Seen { return newState(list).seen() }

// Until watches all sources and calls judge with their state, in the order of sources, whenever one has changed, until judge is
// done, fails, or ctx ends. The first call comes when every source has been read.
func Until(ctx context.Context, sources []Source, judge func([]Seen) (done bool, err error)) error {
	return UntilOrEvery(ctx, never, sources, judge)
}

// never is longer than any wait.
const never = 365 * 24 * time.Hour

// UntilOrEvery is Until for a judge that also looks at the time: it is called at least that often.
func UntilOrEvery(ctx context.Context, often time.Duration, sources []Source, judge func([]Seen) (done bool, err error)) error {
	ticker := time.NewTicker(often)
	defer ticker.Stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes := make(chan change)
	for i, s := range sources {
		go s.follow(ctx, i, changes)
	}
	states := make([]Seen, len(sources))
	missing := len(sources)
	read := make([]bool, len(sources))
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c := <-changes:
			if c.err != nil {
				return c.err
			}
			if !read[c.source] {
				read[c.source] = true
				missing--
			}
			states[c.source] = c.seen
		case <-ticker.C:
		}
		if missing > 0 {
			continue
		}
		if done, err := judge(states); done || err != nil {
			return err
		}
	}
}

type change struct {
	source int
	seen   Seen
	err    error
}

// follow reports the source's state again and again until ctx ends or the source cannot be read.
func (s Source) follow(ctx context.Context, index int, changes chan<- change) {
	report := func(c change) bool {
		c.source = index
		select {
		case changes <- c:
			return c.err == nil
		case <-ctx.Done():
			return false
		}
	}
	for everRead := false; ctx.Err() == nil; {
		list, err := s.Client.List(ctx, s.Options)
		if s.Optional && apierrors.IsForbidden(err) {
			report(change{seen: Seen{Denied: err}})
			return
		}
		if err != nil && !everRead {
			report(change{err: err})
			return
		}
		if err == nil {
			everRead = true
			state := newState(list)
			if !report(change{seen: state.seen()}) {
				return
			}
			s.watch(ctx, list.GetResourceVersion(), state, func() bool { return report(change{seen: state.seen()}) })
		}
		// The watch has ended or is not allowed, or the server is away for a moment: do not list in a tight loop.
		select {
		case <-time.After(pollInterval):
		case <-ctx.Done():
		}
	}
}

func (s Source) watch(ctx context.Context, version string, state *state, changed func() bool) {
	options := s.Options
	options.ResourceVersion = version
	w, err := s.Client.Watch(ctx, options)
	if err != nil {
		return
	}
	defer w.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case event, open := <-w.ResultChan():
			if !open {
				return
			}
			if event.Type == watch.Error || event.Type == watch.Bookmark {
				continue
			}
			state.take(event)
			if !changed() {
				return
			}
		}
	}
}

// state keeps the objects of a source in a stable order.
type state struct {
	order   []string
	objects map[string]*unstructured.Unstructured
}

func newState(list *unstructured.UnstructuredList) *state {
	s := &state{objects: map[string]*unstructured.Unstructured{}}
	for i := range list.Items {
		s.take(watch.Event{Type: watch.Added, Object: &list.Items[i]})
	}
	return s
}

func (s *state) take(event watch.Event) {
	obj, ok := event.Object.(*unstructured.Unstructured)
	if !ok {
		return
	}
	key := fmt.Sprintf("%s/%s", obj.GetNamespace(), obj.GetName())
	if _, known := s.objects[key]; !known {
		s.order = append(s.order, key)
	}
	s.objects[key] = obj
	if event.Type == watch.Deleted {
		s.objects[key] = nil
	}
}

func (s *state) seen() Seen {
	var seen Seen
	for _, key := range s.order {
		if obj := s.objects[key]; obj != nil {
			seen.Objects = append(seen.Objects, obj)
		}
	}
	return seen
}
