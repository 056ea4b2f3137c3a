// Package repair finds what keeps External Secrets Operator from being installed or removed in the ordinary way, and mends it: releases
// whose run has died, definitions that hang in their deletion, webhook configurations that lead nowhere.
package repair

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Releases is what is needed of Helm.
type Releases interface {
	Content(name string) (helm.Content, error)
	Settle(ctx context.Context, name string) (helm.Release, error)
}

// Repairer works on one release in one cluster.
type Repairer struct {
	Namespace, Release string

	Dynamic  dynamic.Interface
	Typed    kubernetes.Interface
	Releases Releases
	// Metadata reads nothing of the objects but their metadata; an empty namespace stands for all.
	Metadata func(resource schema.GroupVersionResource, namespace string) kube.Reader
	// Progress receives one line whenever what is waited for changes.
	Progress func(string)
	// Now is the time by which a run is judged to be dead.
	Now func() time.Time
}

// Finding is one thing that is broken.
type Finding struct {
	Code    cause.Code `json:"code"`
	Object  string     `json:"object"`
	Problem string     `json:"problem"`
	// Repair says what is done about it, Risk what may be lost by that.
	Repair string `json:"repair"`
	Risk   string `json:"risk,omitempty"`
	// Held are the objects that are touched beside, with their namespaces.
	Held []string `json:"held,omitempty"`
	// Blocked is set where nothing may be done yet; Repair then says what to do by hand.
	Blocked bool `json:"blocked"`

	mend func(context.Context) error
	// rights are what mending takes.
	rights []kube.Right
}

// Plan is all that is broken, in the order in which it is mended.
type Plan struct {
	Release   string    `json:"release"`
	Namespace string    `json:"namespace"`
	Findings  []Finding `json:"findings"`
}

// Work are the findings that something is done about.
func (p *Plan) Work() []Finding {
	var work []Finding
	for _, f := range p.Findings {
		if f.mend != nil {
			work = append(work, f)
		}
	}
	return work
}

// Plan looks for everything that is broken, and changes nothing.
func (r *Repairer) Plan(ctx context.Context) (*Plan, error) {
	s, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	p := &Plan{Release: r.Release, Namespace: r.Namespace, Findings: []Finding{}}
	for _, judge := range []func(context.Context, *state) ([]Finding, error){
		r.leftWebhooks, r.terminating, r.pending, r.missing, r.staleTrust, r.unrecorded,
	} {
		findings, err := judge(ctx, s)
		if err != nil {
			return nil, err
		}
		p.Findings = append(p.Findings, findings...)
	}
	return p, nil
}

// BlockedError says why nothing may be repaired yet. Nothing has been changed.
type BlockedError struct{ Finding Finding }

func (e *BlockedError) Error() string {
	return fmt.Sprintf("repair %s: %s (%s); %s", e.Finding.Object, e.Finding.Problem, e.Finding.Code, e.Finding.Repair)
}

// Check fails with a *BlockedError if the plan must not be carried out.
func (p *Plan) Check() error {
	for _, f := range p.Findings {
		if f.Blocked {
			return &BlockedError{f}
		}
	}
	return nil
}

// UnmendedError names what is still broken after the repair.
type UnmendedError struct{ Findings []Finding }

func (e *UnmendedError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.Object + ": " + f.Problem
	}
	return "repair External Secrets Operator: it is still broken: " + strings.Join(lines, "; ")
}

// MendedError is the error of what came after a repair. The repair has worked, and has changed the cluster.
type MendedError struct {
	// Objects are what was mended.
	Objects []string
	Err     error
}

func (e *MendedError) Error() string {
	return "after the repair of " + strings.Join(e.Objects, ", ") + ": " + e.Err.Error()
}
func (e *MendedError) Unwrap() error { return e.Err }

// After returns err as that of what came after the plan was carried out.
func (p *Plan) After(err error) error {
	work := p.Work()
	if err == nil || len(work) == 0 {
		return err
	}
	mended := &MendedError{Err: err}
	for _, f := range work {
		mended.Objects = append(mended.Objects, f.Object)
	}
	return mended
}

// Run mends one finding after the other and then looks again. Begun anew after an interruption, with a new plan, it does the rest. Check
// and RequireRights come first.
func (r *Repairer) Run(ctx context.Context, p *Plan) error {
	for _, f := range p.Work() {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.Progress(f.Repair)
		if err := f.mend(ctx); err != nil {
			return fmt.Errorf("repair %s: %w", f.Object, err)
		}
	}
	r.Progress("looking whether anything is still broken")
	again, err := r.Plan(ctx)
	if err != nil {
		return err
	}
	if left := again.Work(); len(left) > 0 {
		return &UnmendedError{left}
	}
	return nil
}

// About reports whether the finding is among what is still broken.
func (e *UnmendedError) About(f Finding) bool {
	for _, left := range e.Findings {
		if left.Code == f.Code && left.Object == f.Object {
			return true
		}
	}
	return false
}
