package runbook

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// step is a piece of work that begins when others have ended well.
type step struct {
	name  string
	after []*step
	// waits marks one that changes nothing, so that it can be stopped at any time.
	waits bool
	run   func(ctx context.Context, tell func(string)) (setup.Result, error)

	done  Done
	notes []string
	ended chan struct{}
}

// carryOut runs the steps, each as soon as those before it have ended well, and returns the first error. Every step's done is filled.
func carryOut(ctx context.Context, board Board, steps []*step) error {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	var first error
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
		stop()
	}
	failed := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return first != nil
	}
	for _, s := range steps {
		s.ended = make(chan struct{})
		s.done = Done{Step: s.name, Outcome: NotBegun}
	}
	var all sync.WaitGroup
	for _, s := range steps {
		all.Go(func() {
			defer close(s.ended)
			if s.await(waiting) && !failed() {
				s.carryOut(ctx, waiting, board, failed, fail)
			}
		})
	}
	all.Wait()
	if first == nil {
		first = ctx.Err()
	}
	return first
}

// await reports whether all steps before have ended well.
func (s *step) await(ctx context.Context) bool {
	for _, before := range s.after {
		select {
		case <-before.ended:
		case <-ctx.Done():
			return false
		}
		if before.done.Outcome == Failed || before.done.Outcome == NotBegun || before.done.Outcome == Stopped {
			return false
		}
	}
	return ctx.Err() == nil
}

func (s *step) carryOut(ctx, waiting context.Context, board Board, failed func() bool, fail func(error)) {
	if s.waits {
		ctx = waiting
	}
	began := time.Now()
	task := board.Begin(s.name)
	result, err := s.run(ctx, task.Update)
	s.done = Done{Step: s.name, Object: result.Object, Outcome: string(result.Outcome), Detail: result.Detail, Proof: result.Proof,
		Seconds: math.Round(time.Since(began).Seconds()*100) / 100}
	switch {
	case err == nil:
		task.Done(result.String(), false)
		s.notes = result.Notes
	case s.waits && failed():
		s.done.Outcome = Stopped
		task.Stopped()
	default:
		s.done.Outcome = Failed
		fail(err)
		task.Done("", true)
	}
}
