package supervise

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

// sweepInterval is how often the processes are looked for; the kernel tells nobody but the parent when one ends.
const sweepInterval = 20 * time.Millisecond

// Sweep waits until every process of a supervisor that has ended is gone, and kills those that are not after the patience.
// Usually there is none: components die with their supervisor.
func Sweep(ctx context.Context, status Status, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		left := leftover(status)
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			for _, pid := range left {
				_ = syscall.Kill(pid, syscall.SIGKILL) // an error means that it has ended meanwhile
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for processes %v to end: %w", left, context.Cause(ctx))
		case <-time.After(sweepInterval):
		}
	}
}

// leftover are the processes of the supervisor's session that run the sandbox's program. Both must hold: the number of a
// session that is gone can be another one's by now.
func leftover(status Status) []int {
	var left []int
	for _, pid := range candidates(status) {
		if !gone(pid) && runs(pid, status.Executable) {
			left = append(left, pid)
		}
	}
	return left
}
