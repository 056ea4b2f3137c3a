package runbook

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Done is what has become of a step.
type Done struct {
	Step string `json:"step"`
	// Store is what it was about, where there are several.
	Store   string  `json:"store,omitempty"`
	Object  string  `json:"object,omitempty"`
	Outcome string  `json:"outcome"`
	Detail  string  `json:"detail,omitempty"`
	Seconds float64 `json:"seconds"`
	// Proof says what the test has proved; other steps leave it empty.
	Proof string `json:"proof,omitempty"`
	// Err is why it has failed.
	Err error `json:"-"`
}

// Outcomes of steps beside those of package kube.
const (
	failed  = "failed"
	stopped = "stopped"
	// notBegun is the outcome of a step that another's failure has kept from its work.
	notBegun = "not begun"
)

// ready is the wait for External Secrets Operator after the install, which has no command of its own.
const ready = "ready"

// CarryOut does what was planned. Steps that write are let end what they have begun when another fails; those that only wait are stopped. The
// first error is returned, with what has become of all steps.
func (p *Plan) CarryOut(ctx context.Context) ([]Done, error) {
	if p.Alters() {
		claimed, release, err := p.book.claim(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
		ctx = claimed
	}
	steps := p.steps()
	err := carryOut(ctx, p.book.Board, steps)
	if err != nil && errors.Is(context.Cause(ctx), kube.ErrClaimLost) {
		err = fmt.Errorf("set the cluster up: %w; see with kubectl eso-infisical status how far it is", kube.ErrClaimLost)
	}
	var done []Done
	for _, s := range steps {
		done = append(done, s.done)
	}
	return done, err
}

// steps are those that do something, each with those that it has to wait for.
func (p *Plan) steps() []*step {
	all, operator := p.operatorSteps()
	var inputs, tests []*step
	stores := map[*Store]*step{}
	for _, part := range p.parts {
		if part.Action == Right || part.of == nil {
			continue
		}
		s := &step{name: part.Step, run: part.of.work(part.Step)}
		if own := part.Step == ApplyStore || part.Step == Test; own && len(p.book.Stores) > 1 {
			s.store, s.alone = part.of.Key().ID(), true
		}
		switch part.Step {
		case Bootstrap, ApplyCA:
			if part.of.Runner.Desired.Verify == verify.Cluster {
				s.after = operator // which is who verifies
			}
			inputs = append(inputs, s)
		case ApplyStore: // One at a time, since each logs in, and a login that is refused is not to be repeated.
			s.after, s.behind = slices.Concat(operator, inputs), slices.Collect(maps.Values(stores))
			stores[part.of] = s
		case Test: // One at a time, since they share a namespace.
			s.after, s.behind = slices.Concat(operator, inputs), tests
			if store := stores[part.of]; store != nil {
				s.after = append(s.after, store)
			}
			tests = append(slices.Clone(tests), s)
		case Cleanup:
			s.behind, s.tidies = slices.Concat(operator, tests), true
		}
		all = append(all, s)
	}
	return all
}

// operatorSteps are those for External Secrets Operator; the second result is what all that needs it waits for. That it runs is seen even if
// nothing is to be done.
func (p *Plan) operatorSteps() (all, await []*step) {
	if p.install == nil {
		return nil, nil
	}
	made := p.install.Installation
	if p.install.Outcome.Altered() {
		install := &step{name: Install, run: func(ctx context.Context, tell func(string)) (result setup.Result, err error) {
			made, err = p.book.operator().Telling(tell).CarryOut(ctx, *p.install)
			return p.book.operator().Installed(made), err
		}}
		all = append(all, install)
	}
	if !p.book.operator().Desired.Wait {
		return all, all
	}
	running := &step{name: ready, after: all, waits: true, run: func(ctx context.Context, tell func(string)) (setup.Result, error) {
		return p.book.operator().Telling(tell).AwaitInstalled(ctx, made)
	}}
	return append(all, running), []*step{running}
}
