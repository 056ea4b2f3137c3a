package doctor

import (
	"context"
	"fmt"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Input is one thing that is read of the cluster, once, when the first check asks for it. Make it with NewInput, and name it in Check.Inputs.
type Input[T any] struct {
	name string
	read func(ctx context.Context, s *Snapshot) (T, error)
	// late inputs are read only when a check asks for them, not ahead of it.
	late   bool
	rights func(Cluster) []kube.Right
	keep   func(T) T
}

// Source is an Input of whatever type.
type Source interface {
	Name() string
	// Rights are what one must be allowed in order to read it.
	Rights(Cluster) []kube.Right
	// Declared reports whether it says its rights and what of it may leave the cluster.
	Declared() bool
	// Pack packs what has been read of it for a file, and Unpack gives it back.
	Pack(ctx context.Context, s *Snapshot) (p Packed, read bool, err error)
	Unpack(Packed) (Given, error)
	ahead(s *Snapshot)
}

// NewInput makes an input. read may ask for other inputs, and must end when ctx does.
func NewInput[T any](name string, read func(ctx context.Context, s *Snapshot) (T, error)) *Input[T] {
	return &Input[T]{name: name, read: read}
}

// Late makes the input one that is not read ahead, since a healthy cluster does not need it.
func (i *Input[T]) Late() *Input[T] {
	i.late = true
	return i
}

// Asking says which rights it takes to read the input, other inputs that read asks for left out.
func (i *Input[T]) Asking(rights func(Cluster) []kube.Right) *Input[T] {
	i.rights = rights
	return i
}

// Keeping says which fields of the content may leave the cluster in a bundle: keep returns a copy that holds those alone. No check may judge
// by others, so that it comes to the same verdict offline.
func (i *Input[T]) Keeping(keep func(T) T) *Input[T] {
	i.keep = keep
	return i
}

// Rights are what one must be allowed in order to read the input.
func (i *Input[T]) Rights(c Cluster) []kube.Right {
	if i.rights == nil {
		return nil
	}
	return i.rights(c)
}

// Declared reports whether Asking and Keeping were said.
func (i *Input[T]) Declared() bool { return i.rights != nil && i.keep != nil }

// Name is what the input is called in messages, such as "pods".
func (i *Input[T]) Name() string { return i.name }

// Of is what was read, or why it could not be.
func (i *Input[T]) Of(ctx context.Context, s *Snapshot) (T, error) {
	var none T
	if s.declared != nil && !s.declared[i.name] {
		return none, &UndeclaredError{Input: i.name}
	}
	r := i.start(s)
	s.waitFor(i.name)
	select {
	case <-r.done:
		s.waitFor("")
	case <-ctx.Done():
		return none, fmt.Errorf("reading %s: %w", i.name, ctx.Err())
	}
	if r.err != nil {
		return none, r.err
	}
	return r.value.(T), nil
}

// UndeclaredError says that a check asked for what it does not declare. It is a mistake of the check.
type UndeclaredError struct{ Input string }

func (e *UndeclaredError) Error() string {
	return "the check reads " + e.Input + " and does not declare it"
}

func (i *Input[T]) ahead(s *Snapshot) {
	if !i.late {
		i.start(s)
	}
}

// start begins the reading if nobody has yet.
func (i *Input[T]) start(s *Snapshot) *reading {
	r, first := s.shared.get(i.name)
	if !first {
		return r
	}
	go func() {
		defer close(r.done)
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("reading %s: %v", i.name, p)
			}
		}()
		if s.Cluster.Err != nil {
			r.err = s.Cluster.Err
			return
		}
		if s.Cluster.Offline {
			r.err = ErrNotPacked
			return
		}
		r.value, r.err = i.read(s.shared.ctx, &Snapshot{Cluster: s.Cluster, shared: s.shared})
	}()
	return r
}

// Given is an input whose content is known already, as in a test or from a file.
type Given struct {
	name  string
	value any
	err   error
}

// Give makes the input hold value.
func Give[T any](i *Input[T], value T) Given { return Given{name: i.name, value: value} }

// Refuse makes the input fail with err.
func Refuse[T any](i *Input[T], err error) Given { return Given{name: i.name, err: err} }

// ReferredName stands, as the name in a right, for the names of what stores refer to.
const ReferredName = "(what the stores refer to)"

// Held is what has been read of the input, or false where it was not read, or not without an error.
func Held[T any](i *Input[T], s *Snapshot) (T, bool) {
	var none T
	r, known := s.shared.find(i.name)
	if !known {
		return none, false
	}
	select {
	case <-r.done:
	default:
		return none, false
	}
	value, is := r.value.(T)
	return value, is && r.err == nil
}
