package setup

import (
	"context"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// StoreOptions are what of a store is given beside its place and its login. What is nil or empty stays as the existing store has it.
type StoreOptions struct {
	Recursive, Expand *bool
	// Organization is the slug of the organisation to log in to.
	Organization string
	// Access says which namespaces may use a ClusterSecretStore.
	Access *Access
	// NoCA leaves the store without a CA, whatever there is in the cluster.
	NoCA bool
}

// Access names namespaces, or selects them by labels. An empty one stands for all of them.
type Access struct {
	Namespaces []string
	Selector   *metav1.LabelSelector
}

// desiredStore is the store as it is to be, with all that was not given taken from the one that is held, which may be nil.
func (r *Runner) desiredStore(ctx context.Context, held *unstructured.Unstructured) (eso.Store, error) {
	d := r.Desired
	store := eso.Store{Namespace: d.StoreNamespace, Name: d.Store}
	if held != nil {
		existing, ok := eso.ReadStore(held)
		if !ok && !d.ForceConflicts {
			return store, r.notForInfisical()
		}
		store.Recursive, store.NoExpand, store.Organization, store.Conditions =
			existing.Recursive, existing.NoExpand, existing.Organization, existing.Conditions
	}
	store.Host, store.Project, store.Environment, store.Path, store.Auth, store.Credentials = d.Host, d.Project, d.Environment, d.Path, d.Auth, d.Secret()
	d.StoreOptions.apply(&store)
	if d.StoreOptions.NoCA {
		return store, nil
	}
	ca, err := r.existingCA(ctx)
	store.CA = ca
	return store, err
}

func (o StoreOptions) apply(store *eso.Store) {
	if o.Recursive != nil {
		store.Recursive = *o.Recursive
	}
	if o.Expand != nil {
		store.NoExpand = !*o.Expand
	}
	fill := func(field *string, value string) {
		if value != "" {
			*field = value
		}
	}
	fill(&store.Organization, o.Organization)
	if o.Access == nil {
		return
	}
	store.Namespaces, store.Selector = o.Access.Namespaces, o.Access.Selector
	wasOpen := len(store.Conditions) == 0
	store.Conditions = nil
	if len(store.Namespaces) == 0 && store.Selector == nil && !wasOpen {
		// Left out, the field would stay as it is where others have written it.
		store.Conditions = []any{}
	}
}

// storeName is the store's kind and name, for messages.
func (d *Desired) storeName() string {
	return eso.Store{Namespace: d.StoreNamespace, Name: d.Store}.String()
}

func join(texts []string) string { return strings.Join(texts, ", ") }
