package status

import (
	"cmp"
	"context"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// failing is an ExternalSecret that fails, with what ESO has told of it.
type failing struct {
	namespace, name, condition string
	store                      *storeEntry
	told                       eso.Told
	// known is set where no event is needed to know the cause.
	known *cause.Cause
}

// explain reads, once for all, what ESO has told of those that fail.
func (l *look) explain(ctx context.Context, c *census) {
	for _, namespace := range l.namespaces() {
		err := eso.EachFailure(ctx, l.Client, namespace, func(t eso.Told) {
			if f, found := c.failing[t.UID]; found && !t.At.Before(f.told.At) {
				f.told = t
			}
		})
		l.asked("the events of ExternalSecrets"+in(namespace), err)
	}
}

func (c *census) needsEvents() bool {
	for _, f := range c.failing {
		if f.known == nil {
			return true
		}
	}
	return false
}

// settle gives every ExternalSecret that fails its cause, and every store that nothing refers to its zeros.
func (c *census) settle(s *stores) {
	for _, f := range c.failing {
		p := f.problem()
		f.store.groups.add(p, f.namespace+"/"+f.name)
		c.failures = append(c.failures, Failure{Namespace: f.namespace, Name: f.name, Store: f.store.Title(), Problem: p})
	}
	slices.SortFunc(c.failures, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	c.total.Incomplete = !c.complete
	for _, e := range s.infisical {
		switch {
		case e.ExternalSecrets != nil:
			e.ExternalSecrets.Incomplete = !c.complete
		case c.complete:
			e.ExternalSecrets = &Tally{}
		}
	}
}

// problem finds the cause: in what ESO has told, in the condition, or in the state of the store.
func (f *failing) problem() Problem {
	if f.known != nil {
		return problem(*f.known, "")
	}
	if f.store.Missing {
		return f.store.Problems[0] // It says more than ESO, which cannot know what was meant.
	}
	for _, text := range []string{f.told.Message, f.condition} {
		if found, ok := cause.FromText(text); ok {
			return problem(found, text)
		}
	}
	detail := cmp.Or(f.told.Message, f.condition)
	switch {
	case f.told.Message == "" && len(f.store.Problems) > 0:
		return problem(cause.StoreNotReady, detail)
	case f.told.Message == "":
		return problem(cause.NotToldWhy, detail)
	}
	return problem(cause.NotSynced, detail)
}
