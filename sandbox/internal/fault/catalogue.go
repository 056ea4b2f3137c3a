// Package fault breaks a running sandbox on purpose, one thing at a time, and mends it again.
package fault

import (
	"context"
	"slices"
)

// Fault is one way to break the sandbox. To add one, add an entry to the list of its layer.
type Fault struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
	// Expect is what the plugin's doctor must say of it.
	Expect Expect `json:"expect"`
	// Server is set for what breaks at Infisical, whose answers differ with its age.
	Server bool `json:"server,omitempty"`

	// apply breaks it, heal mends it. Both may be called when there is nothing left to do. What apply replaces it puts into
	// saved before it does, and heal finds it there.
	apply func(ctx context.Context, t Target, saved saved) error
	heal  func(ctx context.Context, t Target, saved saved) error
	// touchFirst tells ESO to look at its stores before the fault is applied, because it can't be told afterwards.
	touchFirst bool
}

// Expect is what the plugin's doctor must say of a fault.
type Expect struct {
	// Code is the only root cause that it may name or, with Warning, the warning.
	Code string `json:"code"`
	// Warning is set where what is broken is no failure: there is no root cause then, and the exit code is 1 only with --fail-on warn.
	Warning bool `json:"warning,omitempty"`
	// Object is what the finding or its fix must name, such as "Secret external-secrets/infisical-eso-creds".
	Object string `json:"object,omitempty"`
	// Era is the only age of Infisical's servers in which there is such a fault; empty stands for both.
	Era string `json:"era,omitempty"`
	// Live is set where the doctor sees it only with --live.
	Live bool `json:"live,omitempty"`
	// Fixed is set where doctor --fix mends it.
	Fixed bool `json:"fixed,omitempty"`
}

// Catalogue lists all faults. Those that others must not wait for come first: they are healed in this order, and with the
// webhook down no store can be mended.
func Catalogue() []Fault {
	return slices.Concat(operatorFaults(), infisicalFaults(), storeFaults(), externalSecretFaults(), hygieneFaults())
}

func find(name string) (Fault, bool) {
	for _, f := range Catalogue() {
		if f.Name == name {
			return f, true
		}
	}
	return Fault{}, false
}
