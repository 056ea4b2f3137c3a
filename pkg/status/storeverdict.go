package status

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

const (
	// grace is how long after its creation an object may be without ESO's verdict.
	grace = 2 * time.Minute
	// staleAfter is how old a verdict may be that should have been renewed meanwhile; ESO tries again after seven minutes at most.
	staleAfter = 20 * time.Minute
	// eventLife is how long Kubernetes keeps events, unless told otherwise. Nothing can be said of looks that are further apart.
	eventLife = time.Hour
)

// judgeStores reads what belongs to the stores for Infisical, and finds what is wrong with them.
func (l *look) judgeStores(ctx context.Context, s *stores) {
	verdicts, heard := l.storeVerdicts(ctx, s)
	cas := map[eso.CALocation]*CA{}
	problems := map[eso.CALocation]*Problem{}
	for _, id := range slices.SortedFunc(maps.Keys(s.infisical), compareIDs) {
		e := s.infisical[id]
		if _, known := cas[e.Described.CA]; !known {
			cas[e.Described.CA], problems[e.Described.CA] = l.authority(ctx, e.Described.CA)
		}
		e.Store.CA = cas[e.Described.CA]
		if p := problems[e.Described.CA]; p != nil {
			e.Problems = append(e.Problems, *p)
		}
		e.judge(verdicts[id], heard[id.Kind()], l.now)
	}
}

// storeVerdicts are ESO's newest words on each store. heard names the kinds whose events could be read.
func (l *look) storeVerdicts(ctx context.Context, s *stores) (newest map[eso.StoreKey]eso.Told, heard map[string]bool) {
	newest, heard = map[eso.StoreKey]eso.Told{}, map[string]bool{}
	keep := func(store eso.StoreKey, t eso.Told) {
		if !t.At.Before(newest[store].At) {
			newest[store] = t
		}
	}
	if s.any(clusterStore) {
		heard[clusterStore] = l.asked("the events of ClusterSecretStores in namespace default", eso.EachClusterStoreVerdict(ctx, l.Client, keep))
	}
	if !s.any(secretStore) {
		return newest, heard
	}
	heard[secretStore] = true
	for _, namespace := range l.namespaces() {
		if !l.asked("the events of SecretStores"+in(namespace), eso.EachSecretStoreVerdict(ctx, l.Client, namespace, keep)) {
			heard[secretStore] = false
		}
	}
	return newest, heard
}

// any reports whether there is a store for Infisical of the kind.
func (s *stores) any(kind string) bool {
	for id := range s.infisical {
		if id.Kind() == kind {
			return true
		}
	}
	return false
}

// judge finds what is wrong with a store; heard says whether ESO's events on stores of the kind could be read.
func (e *storeEntry) judge(last eso.Told, heard bool, now time.Time) {
	e.age(last, heard, now)
	switch {
	case !e.Judged && now.Sub(e.Created) > grace:
		e.Problems = append(e.Problems, problem(cause.NeverLookedAtStore, ""))
	case e.Judged && e.Described.Ready.Status != "True":
		text := ""
		if last.Failed() {
			text = last.Message
		}
		e.Problems = append(e.Problems, problem(e.StoreKey.Cause(text), text))
	}
}

// age says when ESO has last judged the store, and whether that is too long ago.
func (e *storeEntry) age(last eso.Told, heard bool, now time.Time) {
	checked := e.Described.Since
	if last.At.After(checked) {
		checked = last.At
	}
	if checked.IsZero() {
		return
	}
	e.LastChecked = &checked
	limit := max(staleAfter, 3*e.Interval)
	e.Stale = heard && limit < eventLife && now.Sub(checked) > limit
}

// distrust marks every verdict as stale, since nobody renews them.
func (s *stores) distrust() {
	for _, e := range s.infisical {
		e.Stale = e.Judged
	}
}
