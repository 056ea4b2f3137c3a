package runbook

import (
	"context"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// preview says of each step what it would do. Objects that several stores share are in the plan once.
func (p *Plan) preview(ctx context.Context, tell func(string)) error {
	tell("comparing with the cluster")
	if p.install != nil {
		p.add(nil, p.installItem())
	}
	for _, step := range []struct {
		name string
		of   func(context.Context, *Store) (Item, error)
	}{{Bootstrap, p.credentials}, {ApplyCA, p.authority}, {ApplyStore, p.store}, {Test, p.test}, {Cleanup, p.cleanup}} {
		if !p.book.Choice.Takes(step.name) {
			continue
		}
		for _, s := range p.book.Stores {
			item, err := step.of(ctx, s)
			if err != nil {
				return err
			}
			item.Step = step.name
			p.add(s, item)
			s.needs = append(s.needs, need{item.Step, item.Object})
		}
	}
	return nil
}

// add puts an item into the plan, unless another store has the same. Of two that share an object, the one that does something counts.
func (p *Plan) add(s *Store, item Item) {
	at := slices.IndexFunc(p.parts, func(known part) bool {
		return known.Step == item.Step && known.Object == item.Object && sharable(item.Step)
	})
	switch {
	case at < 0:
		p.parts = append(p.parts, part{item, s})
	case p.parts[at].Action == Right && item.Action != Right:
		p.parts[at] = part{item, s}
	}
}

// sharable reports whether several stores may have the step's object in common.
func sharable(step string) bool { return step != ApplyStore && step != Test }

func itemOf(previewed setup.Previewed) Item {
	return Item{Action: actions[previewed.Outcome], Object: previewed.Object, Detail: previewed.Detail, Diff: previewed.Diff}
}

func (p *Plan) credentials(ctx context.Context, s *Store) (Item, error) {
	previewed, err := s.Runner.PreviewCredentials(ctx, s.checked)
	item := itemOf(previewed)
	item.Object = in(s.Runner.Desired.Secret().Namespace, item.Object, p.book.operator().Desired.Namespace)
	return item, err
}

func (p *Plan) authority(ctx context.Context, s *Store) (Item, error) {
	previewed, err := s.Runner.PreviewCA(ctx, s.checked)
	item := itemOf(previewed)
	item.Object = in(s.Runner.Desired.Authority().Namespace, item.Object, p.book.operator().Desired.Namespace)
	return item, err
}

// in names the namespace of an object that is elsewhere than most.
func in(namespace, object, usual string) string {
	if namespace == usual {
		return object
	}
	kind, name, _ := strings.Cut(object, "/")
	return kind + "/" + namespace + "/" + name
}

func (p *Plan) store(ctx context.Context, s *Store) (Item, error) {
	previewed, err := s.Runner.PreviewStoreAlone(ctx, p.install == nil || !p.install.Outcome.Altered())
	item := itemOf(previewed.Previewed)
	item.Object = s.object()
	for _, note := range previewed.Notes {
		p.book.Board.Note("note: " + note)
	}
	s.told = previewed.Notes
	if item.Action == Right && (previewed.Looks || p.moved(s, Bootstrap, ApplyCA)) {
		item.Action = CheckAgain
	}
	return item, err
}

// test is needed if nothing has been proved of the very state, or if that is about to change.
func (p *Plan) test(ctx context.Context, s *Store) (Item, error) {
	if !p.book.Choice.Takes(ApplyStore) {
		if err := s.Runner.RequireStore(ctx); err != nil {
			return Item{}, err
		}
	}
	result, err := s.Runner.PreviewProof(ctx)
	item := itemOf(setup.Previewed{Result: result})
	item.Object, item.Detail = s.object(), s.Runner.Desired.Key
	if item.Action == Right && p.moved(s, Install, Bootstrap, ApplyCA, ApplyStore) {
		item.Action = Prove
	}
	if item.Action == Right {
		item.Detail += " was proved for exactly this state"
	}
	return item, err
}

func (p *Plan) cleanup(ctx context.Context, s *Store) (Item, error) {
	result, err := s.Runner.PreviewCleanup(ctx)
	item := itemOf(setup.Previewed{Result: result})
	if err == nil && item.Action == Right && p.tests(s) {
		item.Action, item.Detail = Remove, "what the test makes"
	}
	return item, err
}

// tests reports whether the store is tested.
func (p *Plan) tests(s *Store) bool {
	return slices.ContainsFunc(p.parts, func(known part) bool { return known.Step == Test && known.of == s && known.Action != Right })
}

// moved reports whether one of the steps does something that the store needs, or all do.
func (p *Plan) moved(s *Store, steps ...string) bool {
	return slices.ContainsFunc(p.parts, func(known part) bool {
		return slices.Contains(steps, known.Step) && known.Action != Right && (known.of == nil || slices.Contains(s.needs, need{known.Step, known.Object}))
	})
}
