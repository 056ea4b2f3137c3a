package runbook

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// step is a piece of work that begins when others have ended.
type step struct {
	name string
	// store names what it is about, where there are several.
	store string
	// after are those that must have ended well, and behind those that must have ended.
	after, behind []*step
	// waits marks one that changes nothing, so that it can be stopped at any time.
	waits bool
	// alone marks one whose failure is no reason to leave the others.
	alone bool
	// tidies marks one that removes what a step behind which it comes has left, however that has ended.
	tidies bool
	run    func(ctx context.Context, tell func(string)) (setup.Result, error)

	done  Done
	ended chan struct{}
}

// endedWell reports whether the step, which has ended, did its work.
func (s *step) endedWell() bool {
	return !slices.Contains([]string{failed, stopped, notBegun}, s.done.Outcome)
}

// carryOut runs the steps, each as soon as it may begin, and returns the errors of those that failed alone and the first of all others. Every
// step's done is filled.
func carryOut(ctx context.Context, board Board, steps []*step) error {
	r := &run{board: board, begun: ctx}
	r.waiting, r.stop = context.WithCancel(ctx)
	defer r.stop()
	for _, s := range steps {
		s.ended = make(chan struct{})
		s.done = Done{Step: s.name, Store: s.store, Outcome: notBegun}
	}
	var all sync.WaitGroup
	for _, s := range steps {
		all.Go(func() {
			defer close(s.ended)
			if s.tidies && s.awaitTraces(ctx) || !s.tidies && s.await(r.waiting) {
				r.carryOut(s)
			}
		})
	}
	all.Wait()
	if r.failures == nil {
		return ctx.Err()
	}
	return Failed(r.failures...)
}

// await reports whether the step may begin.
func (s *step) await(ctx context.Context) bool {
	for _, before := range slices.Concat(s.after, s.behind) {
		select {
		case <-before.ended:
		case <-ctx.Done():
			return false
		}
	}
	return ctx.Err() == nil && !slices.ContainsFunc(s.after, func(before *step) bool { return !before.endedWell() })
}

// awaitTraces reports whether there may be something to tidy up: a step before has begun, or there was none to wait for.
func (s *step) awaitTraces(ctx context.Context) bool {
	begun := len(s.behind) == 0
	for _, before := range s.behind {
		<-before.ended // which comes soon after an interruption
		begun = begun || before.name == Test && before.done.Outcome != notBegun
	}
	return ctx.Err() == nil && (begun || !slices.ContainsFunc(s.behind, func(before *step) bool { return !before.endedWell() }))
}

// run is what the steps of a run have in common.
type run struct {
	board Board
	// begun is the context of what writes, and waiting that of what can be stopped when something has failed.
	begun, waiting context.Context
	stop           context.CancelFunc

	mu       sync.Mutex
	failures []Failure
	stopped  bool
}

func (r *run) carryOut(s *step) {
	ctx := r.begun
	if s.waits {
		ctx = r.waiting
	}
	began := time.Now()
	task := r.board.Begin(s.title())
	result, err := s.run(ctx, task.Update)
	s.done.Object, s.done.Outcome, s.done.Detail, s.done.Proof = result.Object, string(result.Outcome), result.Detail, result.Proof
	s.done.Seconds = math.Round(time.Since(began).Seconds()*100) / 100
	switch {
	case err == nil:
		task.Done(result.String(), false)
	case s.waits && r.hasStopped():
		s.done.Outcome = stopped
		task.Stopped()
	default:
		s.done.Outcome, s.done.Err = failed, err
		task.Done("", true)
		r.fail(s, err)
	}
	for _, note := range result.Notes {
		r.board.Note("note: " + note)
	}
}

func (r *run) hasStopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped
}

// fail records what went wrong. Unless it concerns the step alone, no other step begins; and a login that is refused concerns all.
func (r *run) fail(s *step, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped && errors.Is(err, context.Canceled) {
		return // It came of the stop.
	}
	f := Failure{Err: &BegunError{err}}
	if s.store != "" {
		f.Of = "store " + s.store
	}
	r.failures = append(r.failures, f)
	if !s.alone || cause.LoginRefused(err) {
		r.stopped = true
		r.stop()
	}
}
