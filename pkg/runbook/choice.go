package runbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// The steps, by the names of the commands that do them alone.
const (
	Install    = "install"
	Bootstrap  = "bootstrap"
	ApplyCA    = "apply-ca"
	ApplyStore = "apply-store"
	Test       = "test"
	Cleanup    = "cleanup"
)

// Steps are all of them, in the runbook's order.
func Steps() []string { return []string{Install, Bootstrap, ApplyCA, ApplyStore, Test, Cleanup} }

// Choice says which of the steps are taken; the zero Choice takes all.
type Choice struct {
	// From leaves out the steps before it, and Only all others.
	From string
	Only []string
}

// Validate refuses names that no step has.
func (c Choice) Validate() error {
	if c.From != "" && len(c.Only) > 0 {
		return &setup.InputError{Problem: "--from-step and --only exclude each other"}
	}
	for _, name := range append([]string{c.From}, c.Only...) {
		if name != "" && !slices.Contains(Steps(), name) {
			return &setup.InputError{Problem: fmt.Sprintf("there is no step %q; the steps are %s", name, strings.Join(Steps(), ", "))}
		}
	}
	return nil
}

// Takes reports whether any of the steps is taken.
func (c Choice) Takes(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		if len(c.Only) > 0 {
			return slices.Contains(c.Only, name)
		}
		return slices.Index(Steps(), name) >= slices.Index(Steps(), c.From)
	})
}
