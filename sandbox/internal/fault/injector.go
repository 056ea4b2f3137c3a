package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

// Target is the sandbox that is to be broken.
type Target struct {
	Cluster          dynamic.Interface
	ControlSocket    string                      // of the Infisical double
	InfisicalAnswers func(context.Context) error // nil when the double answers as it should
	Record           string                      // file that holds which faults are active
}

// Injector applies and heals faults and keeps the record of them.
type Injector struct{ target Target }

// NewInjector makes an injector for a sandbox.
func NewInjector(target Target) *Injector { return &Injector{target: target} }

// Apply breaks the sandbox in the named way. To apply an active fault again is no error: it is made sure that it holds.
func (i *Injector) Apply(ctx context.Context, name string) error {
	f, known := find(name)
	if !known {
		return unknown(name)
	}
	r, err := readRecord(i.target.Record)
	if err != nil {
		return err
	}
	before, active := r[name]
	if before == nil {
		before = saved{}
	}
	if f.touchFirst && !active {
		if err := touch(ctx, i.target.Cluster); err != nil {
			return fmt.Errorf("apply the fault %s: %w", name, err)
		}
	}
	applyErr := f.apply(ctx, i.target, before)
	if applyErr != nil && len(before) == 0 && !active {
		return fmt.Errorf("apply the fault %s: %w", name, applyErr) // nothing has been replaced
	}
	// Also when it was applied only in part: heal must know of it.
	r[name] = before
	if err := errors.Join(applyErr, state.WriteJSON(i.target.Record, r)); err != nil {
		return fmt.Errorf("apply the fault %s: %w", name, err)
	}
	if f.touchFirst {
		return nil
	}
	return i.touchLeniently(ctx)
}

// Heal mends the named faults, or all that are active when none is named, and returns those it has mended.
func (i *Injector) Heal(ctx context.Context, names ...string) ([]string, error) {
	for _, name := range names {
		if _, known := find(name); !known {
			return nil, unknown(name)
		}
	}
	if len(names) == 0 {
		var err error
		if names, err = Active(i.target.Record); err != nil {
			return nil, err
		}
	}
	var healed []string
	for _, name := range names {
		did, err := i.heal(ctx, name)
		if err != nil {
			return healed, fmt.Errorf("heal the fault %s: %w", name, err)
		}
		if did {
			healed = append(healed, name)
		}
	}
	if len(healed) == 0 {
		return nil, nil
	}
	return healed, i.touchLeniently(ctx)
}

func (i *Injector) heal(ctx context.Context, name string) (bool, error) {
	r, err := readRecord(i.target.Record)
	if err != nil {
		return false, err
	}
	before, active := r[name]
	if !active {
		return false, nil
	}
	f, _ := find(name)
	if err := f.heal(ctx, i.target, before); err != nil {
		return false, err
	}
	delete(r, name)
	return true, state.WriteJSON(i.target.Record, r)
}

// touchLeniently tells ESO to look at its stores now. While a webhook cannot be asked it cannot be told, which is what some faults are about.
func (i *Injector) touchLeniently(ctx context.Context) error {
	err := touch(ctx, i.target.Cluster)
	if err != nil && strings.Contains(err.Error(), "failed calling webhook") {
		return nil
	}
	return err
}

func unknown(name string) error {
	return fmt.Errorf("find the fault %q: there is no such fault; fault --list shows them all", name)
}
