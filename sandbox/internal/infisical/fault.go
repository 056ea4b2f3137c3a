package infisical

import (
	"errors"
	"fmt"
	"maps"
	"sort"
	"strings"
	"sync"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// fault is one thing that can be broken and mended.
type fault struct {
	set   func() error
	clear func() error
}

// faults are those the server knows, and which of them are on.
type faults struct {
	store *store.Store
	known map[string]fault

	mu     sync.Mutex
	active map[string]bool
}

var errUnknownFault = errors.New("no such fault")

func newFaults(state planted, front *frontend, cert *certificate) *faults {
	known := stateFaults(state)
	maps.Copy(known, answerFaults(front))
	maps.Copy(known, transportFaults(front, cert))
	return &faults{store: state.store, active: map[string]bool{}, known: known}
}

// switchTo sets a fault or clears it; one that is so already stays as it is.
func (f *faults) switchTo(name string, on bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	known, ok := f.known[name]
	if !ok {
		return fmt.Errorf("%w as %q; there are %s", errUnknownFault, name, strings.Join(sortedNames(f.known), ", "))
	}
	if f.active[name] == on {
		return nil
	}
	change := known.clear
	if on {
		change = known.set
	}
	if err := change(); err != nil {
		return fmt.Errorf("switch fault %s: %w", name, err)
	}
	if on {
		f.active[name] = true
	} else {
		delete(f.active, name)
	}
	return nil
}

func (f *faults) names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return sortedNames(f.active)
}

func sortedNames[V any](set map[string]V) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
