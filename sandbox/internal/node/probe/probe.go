// Package probe asks containers whether they have started, live and are ready, with the delays, periods and
// thresholds that a kubelet keeps.
package probe

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Kind is one of the three kinds of probes, worded as events name it.
type Kind string

// The kinds of probes.
const (
	Startup   Kind = "Startup"
	Liveness  Kind = "Liveness"
	Readiness Kind = "Readiness"
)

// Outcome is the answer to one attempt.
type Outcome struct {
	OK bool
	// Detail says why the attempt failed.
	Detail string
}

// Checker makes one attempt.
type Checker interface {
	Check(ctx context.Context) Outcome
}

// Listener is told what a Prober finds.
type Listener interface {
	// Enabled says whether this kind of probe is due at all: nothing but the startup probe runs before the
	// container has started, and that one no more afterwards.
	Enabled(kind Kind) bool
	// Failed is called for every failed attempt.
	Failed(kind Kind, detail string)
	// Result is called when as many attempts in a row agree as the threshold asks for.
	Result(kind Kind, ok bool)
}

// Prober runs one probe of one run of a container.
type Prober struct {
	kind      Kind
	spec      corev1.Probe
	startedAt time.Time
	checker   Checker
	listener  Listener

	last   bool
	run    int32
	onHold bool
}

// New returns a Prober for a container that started at startedAt.
func New(kind Kind, spec *corev1.Probe, startedAt time.Time, checker Checker, listener Listener) *Prober {
	p := &Prober{kind: kind, spec: *spec, startedAt: startedAt, checker: checker, listener: listener}
	p.spec.PeriodSeconds = atLeastOne(spec.PeriodSeconds)
	p.spec.TimeoutSeconds = atLeastOne(spec.TimeoutSeconds)
	p.spec.SuccessThreshold = atLeastOne(spec.SuccessThreshold)
	p.spec.FailureThreshold = atLeastOne(spec.FailureThreshold)
	return p
}

func atLeastOne(value int32) int32 { return max(value, 1) }

// Run probes once and then every period, until the context ends.
func (p *Prober) Run(ctx context.Context) {
	ticker := time.NewTicker(time.Duration(p.spec.PeriodSeconds) * time.Second)
	defer ticker.Stop()
	for {
		p.tick(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (p *Prober) tick(ctx context.Context, now time.Time) {
	if p.onHold || int32(now.Sub(p.startedAt).Seconds()) < p.spec.InitialDelaySeconds || !p.listener.Enabled(p.kind) {
		return
	}
	attempt, cancel := context.WithTimeout(ctx, time.Duration(p.spec.TimeoutSeconds)*time.Second)
	outcome := p.checker.Check(attempt)
	cancel()
	if ctx.Err() != nil {
		return
	}
	p.observe(outcome)
}

func (p *Prober) observe(outcome Outcome) {
	if !outcome.OK {
		p.listener.Failed(p.kind, outcome.Detail)
	}
	if p.run > 0 && p.last == outcome.OK {
		p.run++
	} else {
		p.last, p.run = outcome.OK, 1
	}
	threshold := p.spec.FailureThreshold
	if outcome.OK {
		threshold = p.spec.SuccessThreshold
	}
	if p.run < threshold {
		return
	}
	if !outcome.OK && p.kind != Readiness {
		// The container is about to be restarted; asking it further would only add noise.
		p.onHold = true
	}
	p.listener.Result(p.kind, outcome.OK)
}
