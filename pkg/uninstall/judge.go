package uninstall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// judge finds what stands in the way of the plan.
func (s *survey) judge(ctx context.Context) error {
	p, r := s.plan, s.running
	p.controller = r.controller || !r.known
	if len(r.others) > 0 {
		p.block(Blocker{"EI259", "the cluster has another installation of External Secrets Operator, which uses the same custom resources: " + strings.Join(r.others, ", "),
			"remove that one first, with the tool that installed it"})
	}
	if r.owner != "" {
		p.block(Blocker{"EI241", "Helm release " + s.Release + " is kept by " + r.owner + ", which would make it again", "remove it where that tool takes it from"})
	}
	if left := p.Release.content.MayLive(time.Now()); left > 0 {
		p.block(Blocker{"EI203", "Helm release " + s.Release + " is " + p.Release.Status + ": a run may be working on it",
			"wait until it has ended, or for " + left.Round(time.Second).String() + " more"})
	}
	if s.KeepSecrets {
		p.blockTargets()
	}
	held := p.held()
	switch {
	case len(held) == 0:
	case !p.controller && s.ForceFinalizers:
		p.Forced = held
	case !p.controller:
		p.block(Blocker{"EI202", fmt.Sprintf("ESO's controller does not run, and %d objects wait for it before they can be deleted (finalizers), such as %s", len(held), held[0]),
			"bring it back first: kubectl eso-infisical install --repair, or take the finalizers away with --force-finalizers"})
	}
	return s.askWebhook(ctx)
}

// askWebhook sees whether ESO's webhook would let the objects be deleted. One that cannot be asked goes first with --force-finalizers; so
// does one of which that is not known, where no controller runs.
func (s *survey) askWebhook(ctx context.Context) error {
	if s.plan.Count() == 0 || len(s.plan.Webhooks) == 0 {
		return nil
	}
	err := eso.AskWebhook(ctx, s.Dynamic)
	var named *cause.Error
	dead := errors.As(err, &named) && cause.WebhookNotYetReachable(err.Error())
	switch {
	case s.ForceFinalizers:
		s.plan.silence = dead || err != nil && !s.plan.controller
	case dead:
		s.plan.block(Blocker{named.Cause.Code, "ESO's webhook is asked before anything of ESO's is deleted, and cannot be: " + named.Cause.Summary,
			"mend it first: kubectl eso-infisical install --repair, or let it go first with --force-finalizers"})
	}
	return ctx.Err()
}

func (p *Plan) block(b Blocker) { p.Blockers = append(p.Blockers, b) }

// blockTargets names the ExternalSecrets whose target is no Secret, which nothing here can keep.
func (p *Plan) blockTargets() {
	for _, k := range p.Kinds {
		for _, c := range k.Objects {
			if k.Name == "ExternalSecret" && c.Note != "" {
				p.block(Blocker{"EI244", "--keep-secrets cannot keep what ExternalSecret " + c.Namespace + "/" + c.Name + " has made: " + c.Note,
					"take its target over by hand, and delete that ExternalSecret"})
			}
		}
	}
}

// held are the objects that ESO's controller has to let go.
func (p *Plan) held() []string {
	var held []string
	for _, k := range p.Kinds {
		for _, c := range k.Objects {
			if slices.ContainsFunc(c.Finalizers, eso.OwnFinalizer) {
				held = append(held, reference(k.Name, c.Namespace, c.Name))
			}
		}
	}
	return held
}

// BlockedError says what stands in the way. Nothing has been changed.
type BlockedError struct{ Blockers []Blocker }

func (e *BlockedError) Error() string {
	lines := make([]string, len(e.Blockers))
	for i, b := range e.Blockers {
		lines[i] = fmt.Sprintf("%s (%s)", b.Problem, b.Code)
	}
	return "uninstall External Secrets Operator: " + strings.Join(lines, "; ")
}

// Check fails if the plan must not be carried out: for what stands in the way, with a *BlockedError, or for what is unknown, with an
// *UnknownError.
func (u *Uninstaller) Check(p *Plan) error {
	if len(p.Blockers) > 0 {
		return &BlockedError{p.Blockers}
	}
	if len(p.Unknown) > 0 && !u.IgnoreUnknown {
		return &UnknownError{p.Unknown}
	}
	return nil
}

// UnknownError says what could not be found out. Nothing has been changed.
type UnknownError struct{ Unknown []Unknown }

func (e *UnknownError) Error() string {
	lines := make([]string, len(e.Unknown))
	for i, u := range e.Unknown {
		lines[i] = u.What + " (" + u.Reason + ")"
	}
	return "uninstall External Secrets Operator: it may not be read what would be lost: " + strings.Join(lines, "; ")
}

// sortPlan brings everything into an order that is the same each time.
func sortPlan(p *Plan) {
	byName := func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	}
	for _, items := range [][]Item{p.Webhooks, p.Definitions, p.Own, p.Namespaces} {
		slices.SortFunc(items, byName)
	}
	slices.SortFunc(p.Secrets, func(a, b Secret) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	for _, s := range p.Secrets {
		slices.SortFunc(s.UsedBy, func(a, b Use) int { return cmp.Compare(a.Workload, b.Workload) })
	}
	slices.SortFunc(p.Unknown, func(a, b Unknown) int { return cmp.Compare(a.What, b.What) })
}
