// Package lifecycle takes a sandbox from nothing to ready, and back to nothing.
package lifecycle

import (
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

// Names of the components, as `component` and `logs` take them.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Node              = "node"
	Infisical         = "infisical"
	Chart             = "chart"
	supervisor        = "supervisor" // not a component, but it has a log
)

// Logs are the names of everything that has a log.
func Logs() []string {
	return []string{Etcd, APIServer, ControllerManager, Scheduler, Node, Infisical, Chart, supervisor}
}

// nodeName is what the cluster's one node is called.
const nodeName = "sandbox"

// Sandbox drives one sandbox.
type Sandbox struct {
	Dir  state.Dir
	Name string
	// Executable is this program: every component is a process of it.
	Executable string
	// Era is whose manner the Infisical double has: "2024" or "2026".
	Era string
	// Environ is what the components' environment is made from.
	Environ []string
	// Progress is told each step that is done, and how long after the start that was.
	Progress func(after time.Duration, step string)
}
