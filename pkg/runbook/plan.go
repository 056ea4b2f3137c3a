package runbook

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Item is what a step would do.
type Item struct {
	// Step is the command that does it alone.
	Step string `json:"step"`
	// Action is the verb for it; Right means that nothing is to be done.
	Action Action `json:"action"`
	// Object is what it is about, as kubectl writes it: kind/name.
	Object string `json:"object"`
	// Detail is one plain sentence.
	Detail string `json:"detail,omitempty"`
	// Diff is what would change, in the unified form, without any value of a Secret.
	Diff string `json:"diff,omitempty"`
}

// Action is what a step would do to its object.
type Action string

// The actions.
const (
	Right      Action = "right"
	Create     Action = "create"
	Change     Action = "change"
	CheckAgain Action = "check again"
	Prove      Action = "prove"
	Remove     Action = "remove"
)

// actions are those that the outcomes of steps come from.
var actions = map[kube.Outcome]Action{kube.Unchanged: Right, kube.Created: Create, kube.Changed: Change, kube.Deleted: Remove, setup.Proved: Prove}

// Plan is what the book would do. Everything that it needs has been looked at.
type Plan struct {
	book *Book
	// install is prepared unless the step is not taken.
	install *setup.PreparedInstall
	// parts are what is to be done for each object.
	parts []part
}

// part is a step for one object, planned.
type part struct {
	Item
	// of is the store that it is done for.
	of *Store
}

// Items are what each step would do, in the runbook's order.
func (p *Plan) Items() []Item {
	var items []Item
	for _, part := range p.parts {
		items = append(items, part.Item)
	}
	return items
}

// Alters reports whether anything would be done.
func (p *Plan) Alters() bool {
	return slices.ContainsFunc(p.parts, func(known part) bool { return known.Action != Right })
}

// Plan looks at everything that the steps need, and changes nothing. While another run is at work, it fails.
func (b *Book) Plan(ctx context.Context) (*Plan, error) {
	p := &Plan{book: b}
	if err := b.demand(); err != nil {
		return p, err
	}
	err := b.doing("plan", func(tell func(string)) error {
		if err := b.look(ctx, tell); err != nil {
			return err
		}
		// What a person may be asked for comes before all that could break the question off.
		if err := b.gather(ctx, tell); err != nil {
			return err
		}
		operator := b.operator().Telling(tell)
		group, both := errgroup.WithContext(ctx)
		group.Go(func() error { return p.prepareInstall(both, operator) })
		group.Go(func() error { return b.check(both, tell) })
		if err := group.Wait(); err != nil {
			return err
		}
		return p.preview(ctx, tell)
	})
	return p, err
}

// demand refuses what cannot be planned.
func (b *Book) demand() error {
	if err := b.Choice.Validate(); err != nil {
		return err
	}
	for _, s := range b.Stores {
		if b.Choice.Takes(Test) && s.Runner.Desired.Key == "" {
			return &setup.InputError{Problem: "say which secret of Infisical proves the setup: --key NAME"}
		}
	}
	return nil
}

// look sees that no other run is at work.
func (b *Book) look(ctx context.Context, tell func(string)) error {
	claims := b.Claims
	claims.Progress = tell
	if err := claims.Look(ctx); !denied(err) {
		return atWork(err)
	}
	return nil // The claim will say so again, if it is needed.
}

func denied(err error) bool { return apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) }

// atWork names another run as the cause.
func atWork(err error) error {
	var other *kube.ClaimedError
	if !errors.As(err, &other) {
		return err
	}
	return &cause.Error{Tried: "set the cluster up", Err: err, Cause: cause.Cause{Code: "EI290",
		Summary: "another run is setting the same cluster up at this moment; this one has changed nothing",
		Fix:     "wait until that run has ended, then look with kubectl eso-infisical up --dry-run=client"}}
}

func (p *Plan) prepareInstall(ctx context.Context, operator *setup.Runner) error {
	if !p.book.Choice.Takes(Install) {
		return nil
	}
	prepared, err := operator.PrepareInstall(ctx)
	if err == nil {
		p.install = &prepared
	}
	return err
}

// takesStores reports whether any step is taken that is about the stores.
func (b *Book) takesStores() bool { return b.Choice.Takes(Bootstrap, ApplyCA, ApplyStore, Test) }

// gather fills what was not given from the cluster, and lets a person be asked for what is nowhere.
func (b *Book) gather(ctx context.Context, tell func(string)) error {
	if !b.takesStores() {
		return nil
	}
	for _, s := range b.Stores {
		s.Runner = s.Runner.Telling(tell)
		if err := s.Runner.Remember(ctx); err != nil {
			return err
		}
		if !b.Choice.Takes(ApplyCA) {
			s.Inputs.CA = nil
		}
		if !b.Choice.Takes(Bootstrap) {
			s.Inputs.Credentials = nil
			continue
		}
		var err error
		if s.Inputs, err = s.Runner.Gather(ctx, s.Inputs); err != nil {
			return err
		}
	}
	return nil
}

// check looks at what was given: one store after the other, since credentials that are refused once are not to be tried again.
func (b *Book) check(ctx context.Context, tell func(string)) error {
	if !b.takesStores() {
		return nil
	}
	for _, s := range b.Stores {
		runner := s.Runner.Telling(tell)
		var err error
		if s.checked, err = runner.Check(ctx, s.Inputs); err != nil {
			return err
		}
		s.Runner = runner
	}
	return nil
}

// installItem says what becomes of the release.
func (p *Plan) installItem() Item {
	desired := p.book.operator().Desired
	item := Item{Step: Install, Action: actions[p.install.Outcome], Object: "release/" + desired.Release}
	chart, version, objects := p.install.Chart()
	if chart == "" {
		item.Detail = fmt.Sprintf("External Secrets Operator %s in namespace %s", p.install.Release.AppVersion, desired.Namespace)
		return item
	}
	item.Detail = fmt.Sprintf("chart %s with External Secrets Operator %s in namespace %s, %d objects", chart, version, desired.Namespace, objects)
	if p.install.Release.Status != helm.Absent {
		item.Detail = "complete what an earlier run has begun: " + item.Detail
	}
	return item
}
