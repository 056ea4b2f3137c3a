package runbook

import (
	"context"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Store is one store to bring about, with what its user brings along.
type Store struct {
	Runner *setup.Runner
	Inputs setup.Inputs

	checked setup.Checked
	// told are the notes that came with the plan.
	told []string
	// needs are the steps that something is done for it by.
	needs []need
}

// need is a step with its object.
type need struct{ step, object string }

// Key is the store's kind and name.
func (s *Store) Key() eso.StoreKey {
	return eso.StoreKey{Namespace: s.Runner.Desired.StoreNamespace, Name: s.Runner.Desired.Store}
}

// object is the store as kubectl writes it, with its namespace if it has one.
func (s *Store) object() string { return strings.ToLower(s.Key().Kind()) + "/" + s.Key().ID() }

// work is what a step does for the store.
func (s *Store) work(step string) func(context.Context, func(string)) (setup.Result, error) {
	return func(ctx context.Context, tell func(string)) (setup.Result, error) {
		runner := s.Runner.Telling(tell)
		switch step {
		case Bootstrap:
			return runner.BringCredentials(ctx, s.checked)
		case ApplyCA:
			return runner.BringCA(ctx, s.checked)
		case ApplyStore:
			applied, err := runner.ApplyStore(ctx)
			applied.Notes = slices.DeleteFunc(applied.Notes, func(note string) bool { return slices.Contains(s.told, note) })
			return applied.Result, err
		case Test:
			result, proved, err := runner.ProveKey(ctx)
			if err == nil && proved {
				err = runner.RecordProof(ctx)
			}
			return result, err
		}
		return runner.Cleanup(ctx, false)
	}
}

// title is the step's name, with the store that it is about where there are several.
func (s *step) title() string {
	if s.store == "" {
		return s.name
	}
	return s.name + " " + s.store
}
