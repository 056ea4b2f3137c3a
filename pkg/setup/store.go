package setup

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// ApplyStore writes the ClusterSecretStore and waits until ESO has judged it. With again set, or when the store was not ready
// before, ESO is made to look anew: it watches neither the Secret nor the ConfigMap.
func (r *Runner) ApplyStore(ctx context.Context, again bool) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, StoreTimeout)
	defer cancel()
	store, err := r.desiredStore(ctx)
	if err != nil {
		return Result{}, err
	}
	mark, err := eso.MarkStore(ctx, r.Dynamic, store.Name)
	if err != nil {
		return Result{}, err
	}
	applied, outcome, err := kube.Apply(ctx, r.Dynamic.Resource(eso.ClusterSecretStores), store.Object())
	if err != nil {
		return Result{}, eso.Explain("apply ClusterSecretStore "+store.Name, err)
	}
	result := Result{Object: "clustersecretstore/" + store.Name, Outcome: outcome,
		Detail: fmt.Sprintf("ready, %s project %s environment %s path %s", store.Host, store.Project, store.Environment, store.Path)}
	ready, _ := eso.Ready(applied)
	if !outcome.Altered() && !again && ready.Status == "True" {
		return result, nil
	}
	if !outcome.Altered() {
		if err := eso.Touch(ctx, r.Dynamic, store.Name); err != nil {
			return result, err
		}
	}
	r.Progress("waiting for ESO to judge the store")
	return result, eso.WaitStore(ctx, r.Dynamic, store.Name, mark)
}

func (r *Runner) desiredStore(ctx context.Context) (eso.Store, error) {
	ca, err := r.caReference(ctx)
	if err != nil {
		return eso.Store{}, err
	}
	d := r.Desired
	return eso.Store{Name: d.Store, Host: d.Host, Project: d.Project, Environment: d.Environment, Path: d.Path,
		Credentials: eso.Reference{Namespace: d.Namespace, Name: d.Secret}, CA: ca}, nil
}

// currentStore reads the store as the cluster has it.
func (r *Runner) currentStore(ctx context.Context) (eso.Store, error) {
	name := r.Desired.Store
	obj, err := r.Dynamic.Resource(eso.ClusterSecretStores).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return eso.Store{}, &cause.Error{Tried: "read ClusterSecretStore " + name, Err: err, Cause: cause.StoreMissing}
	}
	if err != nil {
		return eso.Store{}, fmt.Errorf("read ClusterSecretStore %s: %w", name, err)
	}
	store, ok := eso.ReadStore(obj)
	if !ok {
		return eso.Store{}, fmt.Errorf("read ClusterSecretStore %s: it is not a store for Infisical with universal auth", name)
	}
	return store, nil
}
