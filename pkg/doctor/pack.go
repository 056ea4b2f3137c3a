package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Packed is what was read of one input in a form that can leave the cluster: the fields that Input.Keeping leaves, or why it could not be read.
type Packed struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value,omitempty"`
	Err   *PackedError    `json:"error,omitempty"`
}

// PackedError is an error that keeps what the doctor looks at: the API server's own status, or the cause.
type PackedError struct {
	Message string         `json:"message"`
	Status  *metav1.Status `json:"status,omitempty"`
	Tried   string         `json:"tried,omitempty"`
	Cause   *cause.Cause   `json:"cause,omitempty"`
	Late    bool           `json:"late,omitempty"`
}

// PackError makes an error fit for a file.
func PackError(err error) *PackedError {
	if err == nil {
		return nil
	}
	p := &PackedError{Message: err.Error(), Late: errors.Is(err, context.DeadlineExceeded)}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		s := status.Status()
		p.Status = &s
	}
	var named *cause.Error
	if errors.As(err, &named) {
		p.Tried, p.Cause = named.Tried, &named.Cause
		p.Message = ""
		if named.Err != nil {
			p.Message = named.Err.Error()
		}
	}
	return p
}

// Unpack is the error again.
func (p *PackedError) Unpack() error {
	switch {
	case p == nil:
		return nil
	case p.Cause != nil:
		e := &cause.Error{Tried: p.Tried, Cause: *p.Cause}
		if p.Message != "" {
			e.Err = errors.New(p.Message)
		}
		return e
	case p.Status != nil:
		return &apierrors.StatusError{ErrStatus: *p.Status}
	case p.Late:
		return fmt.Errorf("%s: %w", p.Message, context.DeadlineExceeded)
	}
	return errors.New(p.Message)
}

// Pack packs what has been read of the input, or returns false where nobody has asked for it. It ends with ctx.
func (i *Input[T]) Pack(ctx context.Context, s *Snapshot) (Packed, bool, error) {
	r, known := s.shared.find(i.name)
	if !known {
		return Packed{}, false, nil
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return Packed{Name: i.name, Err: PackError(ctx.Err())}, true, nil
	}
	if r.err != nil {
		return Packed{Name: i.name, Err: PackError(r.err)}, true, nil
	}
	if i.keep == nil {
		return Packed{}, false, fmt.Errorf("pack %s: it does not say what may leave the cluster", i.name)
	}
	value, err := json.Marshal(i.keep(r.value.(T)))
	if err != nil {
		return Packed{}, false, fmt.Errorf("pack %s: %w", i.name, err)
	}
	return Packed{Name: i.name, Value: value}, true, nil
}

// Unpack gives the input what a file has of it.
func (i *Input[T]) Unpack(p Packed) (Given, error) {
	if p.Err != nil {
		return Refuse(i, p.Err.Unpack()), nil
	}
	var value T
	if err := json.Unmarshal(p.Value, &value); err != nil {
		return Given{}, fmt.Errorf("read %s: %w", i.name, err)
	}
	return Give(i, value), nil
}

// find returns the reading of that name, if somebody has begun it.
func (r *readings) find(name string) (*reading, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, found := r.known[name]
	return known, found
}

// Sources are the inputs of the checks, each once.
func Sources(checks []Check) []Source {
	var all []Source
	seen := map[string]bool{}
	for _, c := range checks {
		for _, input := range c.Inputs {
			if !seen[input.Name()] {
				seen[input.Name()] = true
				all = append(all, input)
			}
		}
	}
	return all
}

// ErrNotPacked says that a snapshot from a file does not hold an input.
var ErrNotPacked = errors.New("it is not in the bundle")
