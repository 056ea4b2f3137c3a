package status

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// The kinds of stores.
const (
	clusterStore = "ClusterSecretStore"
	secretStore  = "SecretStore"
)

// stores are those of a cluster by what they are.
type stores struct {
	infisical map[eso.StoreKey]*storeEntry
	others    map[eso.StoreKey]bool
	// noClusterStores, and noSecretStores by namespace, "" standing for all, are set where they could not be listed.
	noClusterStores bool
	noSecretStores  map[string]bool
	// missing are those that only ExternalSecrets know of.
	missing map[eso.StoreKey]*storeEntry
}

type storeEntry struct {
	eso.Described
	Store
	groups groups
}

// listStores reads the stores of both kinds.
func (l *look) listStores(ctx context.Context) *stores {
	s := &stores{infisical: map[eso.StoreKey]*storeEntry{}, others: map[eso.StoreKey]bool{}, noSecretStores: map[string]bool{},
		missing: map[eso.StoreKey]*storeEntry{}}
	clusterStores := kube.Collection{Client: l.Client, Resource: eso.ClusterSecretStores}
	s.noClusterStores = !l.listed("the ClusterSecretStores", s.list(ctx, clusterStores, l.scope))
	for _, namespace := range l.namespaces() {
		namespaced := kube.Collection{Client: l.Client, Resource: eso.SecretStores, Namespace: namespace}
		if !l.listed("the SecretStores"+in(namespace), s.list(ctx, namespaced, l.scope)) {
			s.noSecretStores[namespace] = true
		}
	}
	return s
}

func (s *stores) list(ctx context.Context, c kube.Collection, scope Scope) error {
	return kube.Stream(ctx, c, func(fields map[string]any) error {
		obj := &unstructured.Unstructured{Object: fields}
		described, infisical := eso.Describe(obj)
		switch {
		case !infisical:
			s.others[eso.KeyOf(obj)] = true
		case scope.wanted(described.StoreKey):
			s.infisical[described.StoreKey] = &storeEntry{Described: described, Store: newStore(described)}
		default:
			// Known, so that what refers to it is not taken for lost.
			s.others[described.StoreKey] = true
		}
		return nil
	})
}

func newStore(d eso.Described) Store {
	s := Store{Kind: d.Kind(), Namespace: d.Namespace, Name: d.Name, Host: d.Host, Project: d.Project, Environment: d.Environment, Path: d.Path,
		Auth: d.Auth, Ready: d.Ready.Status}
	if !d.Since.IsZero() {
		s.Since = &d.Since
	}
	return s
}

// complete reports whether every store of the scope is known.
func (s *stores) complete() bool { return !s.noClusterStores && len(s.noSecretStores) == 0 }

// readable reports whether the absence of a store proves that it does not exist.
func (s *stores) readable(id eso.StoreKey) bool {
	if id.Namespace == "" {
		return !s.noClusterStores
	}
	return !s.noSecretStores[""] && !s.noSecretStores[id.Namespace]
}

func compareIDs(a, b eso.StoreKey) int {
	return cmp.Or(cmp.Compare(a.Kind(), b.Kind()), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// sorted are the stores as the report shows them: what is wrong first.
func (s *stores) sorted() []*Store {
	if !s.complete() && len(s.infisical)+len(s.missing) == 0 {
		return nil
	}
	all := []*Store{}
	for _, entries := range []map[eso.StoreKey]*storeEntry{s.missing, s.infisical} {
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
	return eso.StoreKey{Namespace: s.Namespace, Name: s.Name}.String()
}
