package status

import (
	"context"
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
func (s *stores) unknown(id eso.StoreKey) *storeEntry {
	entry := s.missing[id]
	if entry == nil {
		entry = &storeEntry{Described: eso.Described{StoreKey: id}, Store: Store{Kind: id.Kind(), Namespace: id.Namespace, Name: id.Name}}
		if entry.Missing = s.readable(id); entry.Missing {
			entry.Problems = []Problem{problem(s.absence(id), "")}
		}
		s.missing[id] = entry
	}
	return entry
}

// absence words the cause for a store that does not exist; where the other kind has one of the name, that was probably meant.
func (s *stores) absence(id eso.StoreKey) cause.Cause {
	meant := eso.StoreKey{Name: id.Name}
	if id.Namespace != "" && (s.infisical[meant] != nil || s.others[meant]) {
		return cause.Cause{Code: cause.StoreReferenceWrong.Code, Summary: "the SecretStore does not exist, but a ClusterSecretStore of that name does",
			Fix: "set spec.secretStoreRef.kind of the ExternalSecrets to ClusterSecretStore"}
	}
	return cause.Cause{Code: cause.StoreReferenceWrong.Code, Summary: "the store does not exist, and yet ExternalSecrets refer to it",
		Fix: "make the store, or correct spec.secretStoreRef of the ExternalSecrets"}
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
