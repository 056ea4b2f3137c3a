package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Examine runs the checks on the snapshot, each as soon as what it needs has passed, and reports in the order of the checks.
func Examine(ctx context.Context, checks []Check, s *Snapshot) Report {
	report := Report{Cluster: s.Cluster.Name, Context: s.Cluster.Context, Namespace: s.Cluster.Namespace, Started: s.Now, Outcomes: make([]Outcome, len(checks))}
	for _, c := range checks {
		for _, input := range c.Inputs {
			input.ahead(s)
		}
	}
	runs := make(map[cause.Code]*run, len(checks))
	for i, c := range checks {
		runs[c.Code] = &run{check: c, outcome: &report.Outcomes[i], done: make(chan struct{})}
	}
	for _, r := range runs {
		go r.examine(ctx, s, runs)
	}
	for _, r := range runs {
		<-r.done
	}
	report.Took = time.Since(s.Now)
	return report
}

// run is one check on its way.
type run struct {
	check   Check
	outcome *Outcome
	done    chan struct{}
}

func (r *run) examine(ctx context.Context, s *Snapshot, others map[cause.Code]*run) {
	defer close(r.done)
	*r.outcome = Outcome{Code: r.check.Code, Title: title(r.check.Code)}
	for _, need := range r.check.Needs {
		before := others[need]
		<-before.done
		if !before.outcome.passed() {
			r.outcome.BlockedBy = before.outcome.blocker()
			r.outcome.Findings = Result{{Status: Skip}}
			return
		}
	}
	start := time.Now()
	r.outcome.Findings = r.check.within(ctx, s.of(r.check))
	r.outcome.Took = time.Since(start)
}

func title(code cause.Code) string {
	e, _ := catalogue.Find(code)
	return e.Title
}

// within runs the check within its budget. One that panics or takes longer leaves the truth unknown; nothing else suffers from it.
func (c Check) within(ctx context.Context, s *Snapshot) Result {
	ctx, cancel := context.WithTimeoutCause(ctx, c.budget(), &overrunError{c.budget()})
	defer cancel()
	done := make(chan Result, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- Result{Untold(fmt.Sprintf("the check has failed itself, which is a mistake of this program: %v", p))}
			}
		}()
		done <- c.Run(ctx, s)
	}()
	select {
	case result := <-done:
		return complete(result)
	case <-ctx.Done():
		return Result{Untold(late(ctx, s.waitsFor()))}
	}
}

// complete makes the pass explicit of a check that found nothing to look at.
func complete(result Result) Result {
	if len(result) == 0 {
		return Result{Holds("there is nothing of the kind")}
	}
	return result
}

type overrunError struct{ budget time.Duration }

func (e *overrunError) Error() string { return "not done within " + e.budget.String() }

// late says who is out of time, and with what the time was lost.
func late(ctx context.Context, waiting string) string {
	text := "time is up for the whole run (--timeout)"
	var overrun *overrunError
	switch {
	case errors.As(context.Cause(ctx), &overrun):
		text = overrun.Error()
	case errors.Is(ctx.Err(), context.Canceled):
		text = "the run was ended"
	}
	if waiting != "" {
		text += ", still waiting for the cluster to give " + waiting
	}
	return text
}
