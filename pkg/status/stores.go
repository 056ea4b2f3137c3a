package status

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const (
	// grace is how long after its creation an object may be without ESO's verdict.
	grace = 2 * time.Minute
	// staleAfter is how old a verdict may be that should have been renewed meanwhile; ESO tries again after seven minutes at most.
	staleAfter = 20 * time.Minute
	// eventLife is how long Kubernetes keeps events, unless told otherwise. Nothing can be said of looks that are further apart.
	eventLife = time.Hour
)

// stores are those of a cluster by what they are.
type stores struct {
	infisical map[eso.StoreID]*storeEntry
	others    map[eso.StoreID]bool
	// unread are the kinds and namespaces that could not be listed.
	unread map[eso.StoreID]bool
	// missing are those that only ExternalSecrets know of.
	missing map[eso.StoreID]*storeEntry
}

type storeEntry struct {
	eso.Described
	Store
	groups groups
}

// listStores reads the stores of both kinds.
func (l *look) listStores(ctx context.Context) *stores {
	s := &stores{infisical: map[eso.StoreID]*storeEntry{}, others: map[eso.StoreID]bool{}, unread: map[eso.StoreID]bool{},
		missing: map[eso.StoreID]*storeEntry{}}
	clusterStores := kube.Collection{Client: l.Client, Resource: eso.ClusterSecretStores}
	if !l.listed("the ClusterSecretStores", s.list(ctx, clusterStores, eso.ClusterStoreKind, l.scope)) {
		s.unread[eso.StoreID{Kind: eso.ClusterStoreKind}] = true
	}
	for _, namespace := range l.namespaces() {
		namespaced := kube.Collection{Client: l.Client, Resource: eso.SecretStores, Namespace: namespace}
		if !l.listed("the SecretStores"+in(namespace), s.list(ctx, namespaced, eso.NamespaceStoreKind, l.scope)) {
			s.unread[eso.StoreID{Kind: eso.NamespaceStoreKind, Namespace: namespace}] = true
		}
	}
	return s
}

func (s *stores) list(ctx context.Context, c kube.Collection, kind string, scope Scope) error {
	return kube.Stream(ctx, c, func(fields map[string]any) error {
		obj := &unstructured.Unstructured{Object: fields}
		obj.SetKind(kind) // lists may leave it out
		described, infisical := eso.Describe(obj)
		switch {
		case !infisical:
			s.others[eso.StoreID{Kind: kind, Namespace: obj.GetNamespace(), Name: obj.GetName()}] = true
		case scope.wanted(described.StoreID):
			s.infisical[described.StoreID] = &storeEntry{Described: described, Store: newStore(described)}
		default:
			// Known, so that what refers to it is not taken for lost.
			s.others[described.StoreID] = true
		}
		return nil
	})
}

func newStore(d eso.Described) Store {
	s := Store{Kind: d.Kind, Namespace: d.Namespace, Name: d.Name, Host: d.Host, Project: d.Project, Environment: d.Environment, Path: d.Path,
		Auth: d.Auth, Ready: d.Ready.Status}
	if !d.Since.IsZero() {
		s.Since = &d.Since
	}
	return s
}

// complete reports whether every store of the scope is known.
func (s *stores) complete() bool { return len(s.unread) == 0 }

// readable reports whether the absence of a store proves that it does not exist.
func (s *stores) readable(id eso.StoreID) bool {
	return !s.unread[eso.StoreID{Kind: id.Kind}] && !s.unread[eso.StoreID{Kind: id.Kind, Namespace: id.Namespace}]
}

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
		e.judge(verdicts[id], heard[id.Kind], l.now)
	}
}

// storeVerdicts are ESO's newest words on each store, and the kinds whose events could be read.
func (l *look) storeVerdicts(ctx context.Context, s *stores) (map[eso.StoreID]eso.Told, map[string]bool) {
	newest, heard := map[eso.StoreID]eso.Told{}, map[string]bool{}
	read := func(kind, namespace string) {
		err := eso.EachStoreVerdict(ctx, l.Client, kind, namespace, func(t eso.Told) {
			id := eso.StoreID{Kind: kind, Namespace: t.Namespace, Name: t.Name}
			if kind == eso.ClusterStoreKind {
				id.Namespace = ""
			}
			if !t.At.Before(newest[id].At) {
				newest[id] = t
			}
		})
		where := namespace
		if kind == eso.ClusterStoreKind {
			where = "default"
		}
		heard[kind] = l.asked("the events of "+kind+"s"+in(where), err)
	}
	for _, kind := range s.kinds() {
		if kind == eso.ClusterStoreKind {
			read(kind, "")
			continue
		}
		for _, namespace := range l.namespaces() {
			read(kind, namespace)
		}
	}
	return newest, heard
}

// kinds are those that there are stores for Infisical of.
func (s *stores) kinds() []string {
	kinds := map[string]bool{}
	for id := range s.infisical {
		kinds[id.Kind] = true
	}
	return slices.Sorted(maps.Keys(kinds))
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
		e.Problems = append(e.Problems, problem(eso.StoreKey{Namespace: e.Described.Namespace, Name: e.Described.Name}.Cause(text), text))
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

func compareIDs(a, b eso.StoreID) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// sorted are the stores as the report shows them: what is wrong first.
func (s *stores) sorted() []*Store {
	if !s.complete() && len(s.infisical)+len(s.missing) == 0 {
		return nil
	}
	all := []*Store{}
	for _, entries := range []map[eso.StoreID]*storeEntry{s.missing, s.infisical} {
		for _, id := range slices.SortedFunc(maps.Keys(entries), compareIDs) {
			e := entries[id]
			e.Causes = e.groups.sorted()
			all = append(all, &e.Store)
		}
	}
	slices.SortStableFunc(all, func(a, b *Store) int { return cmp.Compare(a.rank(), b.rank()) })
	return all
}

// rank sorts stores by how much they need somebody's eyes.
func (s *Store) rank() int {
	switch t := s.ExternalSecrets; {
	case len(s.Problems) > 0:
		return 0
	case t != nil && t.Failing+t.Overdue > 0:
		return 1
	}
	return 2
}

// Title names the store as people write it.
func (s *Store) Title() string {
	return fmt.Sprint(eso.StoreID{Kind: s.Kind, Namespace: s.Namespace, Name: s.Name})
}
