package setup

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// FindStore finds the store that is meant among those in the cluster, for commands that need one which exists, and returns what is desired
// with its name.
func (r *Runner) FindStore(ctx context.Context) (Desired, error) {
	if r.Desired.Store != "" {
		return r.Desired, nil
	}
	stores, err := r.existingStores(ctx)
	if err != nil {
		return r.Desired, err
	}
	matching := slices.DeleteFunc(stores, func(s eso.Store) bool { return !r.meant(s) })
	switch len(matching) {
	case 0:
		return r.Desired, &cause.Error{Tried: "find the store", Cause: cause.StoreMissing}
	case 1:
		r.Desired.Store = matching[0].Name
		return r.Desired, nil
	}
	return r.Desired, r.several(ctx, matching, "--store")
}

// several is the error for stores that may all be meant. One of ours that is not ready was most likely made in vain.
func (r *Runner) several(ctx context.Context, stores []eso.Store, option string) error {
	var texts []string
	for _, s := range stores {
		texts = append(texts, s.Name+r.stateOf(ctx, s))
	}
	return &InputError{Problem: "the cluster has several stores for Infisical: " + join(texts) + "; say which one with " + option}
}

func (r *Runner) stateOf(ctx context.Context, s eso.Store) string {
	held, err := eso.Stores(r.Dynamic, s.Namespace).Get(ctx, s.Name, metav1.GetOptions{})
	if err != nil {
		return ""
	}
	ready, _ := eso.Ready(held)
	switch {
	case ready.Status == "True":
		return " (ready)"
	case kube.MadeByUs(held):
		return " (not ready; if it was made by mistake: kubectl delete " + s.Key().Resource() + ")"
	}
	return " (not ready)"
}
