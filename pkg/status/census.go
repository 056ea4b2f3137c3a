package status

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// overdueAfter is how late a pass may be before it counts: ESO works through its queue, and clocks differ.
const overdueAfter = 10 * time.Minute

// census is what the ExternalSecrets of the scope add up to.
type census struct {
	total    Tally
	others   int
	complete bool
	// failing are those whose cause is to be found, by their UID.
	failing  map[string]*failing
	failures []Failure
}

// failing is an ExternalSecret that fails, with what ESO has told of it.
type failing struct {
	namespace, name, condition string
	store                      *storeEntry
	told                       eso.Told
	// known is set where no event is needed to know the cause.
	known *cause.Cause
}

// takeCensus reads all ExternalSecrets, then the events of those that fail, if there are any.
func (l *look) takeCensus(ctx context.Context, s *stores) *census {
	c := &census{complete: true, failing: map[string]*failing{}}
	for _, namespace := range l.namespaces() {
		err := eso.EachExternalSecret(ctx, l.Client, namespace, func(es eso.Synced) error {
			c.count(es, c.storesOf(es, s, l.scope), l.now)
			return nil
		})
		if !l.listed("the ExternalSecrets"+in(namespace), err) {
			c.complete = false
		}
	}
	if c.needsEvents() {
		l.explain(ctx, c)
	}
	return c
}

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

// storesOf finds the stores that an ExternalSecret counts for: those for Infisical, and those that do not exist or are not known.
func (c *census) storesOf(es eso.Synced, s *stores, scope Scope) []*storeEntry {
	var entries []*storeEntry
	for _, id := range es.Stores {
		if !scope.wanted(id) || s.others[id] {
			continue
		}
		entry := s.infisical[id]
		if entry == nil {
			entry = s.unknown(id)
		}
		entries = append(entries, entry)
	}
	if len(entries) == 0 && scope.Store == "" {
		c.others++
	}
	return entries
}

// unknown is the entry of a store that is not in the cluster, or that could not be seen there.
func (s *stores) unknown(id eso.StoreID) *storeEntry {
	entry := s.missing[id]
	if entry == nil {
		entry = &storeEntry{Described: eso.Described{StoreID: id}, Store: Store{Kind: id.Kind, Namespace: id.Namespace, Name: id.Name}}
		if entry.Missing = s.readable(id); entry.Missing {
			entry.Problems = []Problem{problem(s.absence(id), "")}
		}
		s.missing[id] = entry
	}
	return entry
}

// absence words the cause for a store that does not exist; where the other kind has one of the name, that was probably meant.
func (s *stores) absence(id eso.StoreID) cause.Cause {
	meant := eso.StoreID{Kind: eso.ClusterStoreKind, Name: id.Name}
	if id.Kind == eso.NamespaceStoreKind && (s.infisical[meant] != nil || s.others[meant]) {
		return cause.Cause{Code: cause.StoreReferenceWrong.Code, Summary: "the SecretStore does not exist, but a ClusterSecretStore of that name does",
			Fix: "set spec.secretStoreRef.kind of the ExternalSecrets to ClusterSecretStore"}
	}
	return cause.StoreReferenceWrong
}

// count adds an ExternalSecret to the tallies of its stores and to the total.
func (c *census) count(es eso.Synced, entries []*storeEntry, now time.Time) {
	if len(entries) == 0 {
		return
	}
	tallies := []*Tally{&c.total}
	for _, e := range entries {
		if e.ExternalSecrets == nil {
			e.ExternalSecrets = &Tally{}
		}
		tallies = append(tallies, e.ExternalSecrets)
	}
	state, known := judgeSynced(es, now)
	for _, t := range tallies {
		t.add(es, state)
	}
	if state == isFailing || state == isOverdue {
		c.failing[es.UID] = &failing{namespace: es.Namespace, name: es.Name, condition: es.Ready.Message, store: entries[0], known: known}
	}
}

// state is how an ExternalSecret is.
type state int

const (
	isReady state = iota
	isFailing
	isWaiting
	isOverdue
)

// judgeSynced says how an ExternalSecret is, and why, where no event is needed for that.
func judgeSynced(es eso.Synced, now time.Time) (state, *cause.Cause) {
	switch {
	case !es.Judged && now.Sub(es.Created) > grace:
		return isFailing, &cause.NeverLookedAt
	case !es.Judged:
		return isWaiting, nil
	case es.Ready.Status != "True":
		return isFailing, nil
	case es.Interval > 0 && !es.Refreshed.IsZero() && now.Sub(es.Refreshed) > es.Interval+overdueAfter:
		return isOverdue, &cause.Overdue
	}
	return isReady, nil
}

func (t *Tally) add(es eso.Synced, s state) {
	t.Total++
	switch s {
	case isFailing:
		t.Failing++
	case isWaiting:
		t.Waiting++
	case isOverdue:
		t.Ready++
		t.Overdue++
	default:
		t.Ready++
	}
	// What is synced once and never again is not late.
	if es.Interval > 0 && !es.Refreshed.IsZero() && (t.OldestRefresh == nil || es.Refreshed.Before(*t.OldestRefresh)) {
		at := es.Refreshed
		t.OldestRefresh = &at
	}
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
	for _, text := range []string{f.told.Message, f.condition} {
		if found, ok := cause.FromText(text); ok {
			return problem(found, text)
		}
	}
	detail := cmp.Or(f.told.Message, f.condition)
	switch {
	case f.store.Missing:
		return problem(cause.StoreReferenceWrong, detail)
	case f.told.Message == "" && len(f.store.Problems) > 0:
		return problem(cause.StoreNotReady, detail)
	case f.told.Message == "":
		return problem(cause.NotToldWhy, detail)
	}
	return problem(cause.NotSynced, detail)
}
