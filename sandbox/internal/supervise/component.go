// Package supervise keeps a set of processes running: it starts them in order, restarts the ones that end, stops them in
// reverse order and says how they are.
package supervise

import (
	"context"
	"time"
)

// Component is one process to keep running.
type Component struct {
	Name string
	Argv []string
	Env  []string // the whole environment
	Log  string   // file that standard output and error are appended to

	// After names the components that must have been ready once before this one starts. They are stopped after it.
	After []string
	// Ready returns nil when the component does its work. A component without it is ready when it runs.
	Ready func(context.Context) error
	// Grace is how long the process may take to end before it is killed.
	Grace time.Duration
}

// Timing says how patient the supervisor is.
type Timing struct {
	FirstDelay time.Duration // before the first restart; doubles with each
	LastDelay  time.Duration // where the doubling ends
	Calm       time.Duration // a process that ran for so long starts again at FirstDelay
	Probe      time.Duration // between two questions whether a component is ready
}

// DefaultTiming suits processes that take a second to start.
func DefaultTiming() Timing {
	return Timing{
		FirstDelay: 500 * time.Millisecond,
		LastDelay:  30 * time.Second,
		Calm:       time.Minute,
		Probe:      50 * time.Millisecond,
	}
}

// after is the delay that follows the last one, given how long the process ran.
func (t Timing) after(last, ran time.Duration) time.Duration {
	if last == 0 || ran >= t.Calm {
		return t.FirstDelay
	}
	return min(2*last, t.LastDelay)
}
