package setup

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// ApplyStore writes the ClusterSecretStore and waits until ESO has judged it. ESO watches neither the Secret nor the ConfigMap, so it is
// made to look anew when one of them has changed since the last time, and when the store was not ready.
func (r *Runner) ApplyStore(ctx context.Context) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, StoreTimeout)
	defer cancel()
	store, err := r.desiredStore(ctx)
	if err != nil {
		return Result{}, err
	}
	inputs := r.inputVersions(ctx, store)
	mark, err := eso.MarkStore(ctx, r.Dynamic, store.Name)
	if err != nil {
		return Result{}, err
	}
	applied, outcome, err := kube.Apply(ctx, r.Dynamic.Resource(eso.ClusterSecretStores), store.Object(), r.Desired.ForceConflicts)
	if err != nil {
		return Result{}, eso.Explain("apply ClusterSecretStore "+store.Name, err)
	}
	result := Result{Object: "clustersecretstore/" + store.Name, Outcome: outcome,
		Detail: fmt.Sprintf("ready, %s project %s environment %s path %s", store.Host, store.Project, store.Environment, store.Path)}
	ready, _ := eso.Ready(applied)
	if !outcome.Altered() && ready.Status == "True" && eso.LookedAt(applied) == inputs {
		return result, nil
	}
	if err := eso.Touch(ctx, r.Dynamic, store.Name, inputs); err != nil {
		return result, err
	}
	r.Progress("waiting for ESO to judge the store")
	return result, withRemoval(eso.WaitStore(ctx, r.Dynamic, store.Name, mark), store.Name, outcome)
}

// withRemoval adds to the fix how to be rid of a store that was made in vain: a corrected one may have another name.
func withRemoval(err error, store string, outcome kube.Outcome) error {
	var named *cause.Error
	if outcome == kube.Created && errors.As(err, &named) {
		named.Cause.Fix += "; this store can be removed with kubectl delete clustersecretstore " + store
	}
	return err
}

// inputVersions names the state of what the store refers to, by versions; it holds nothing of the content. What cannot be read
// is new each time.
func (r *Runner) inputVersions(ctx context.Context, store eso.Store) string {
	version := func(resource schema.GroupVersionResource, ref eso.Reference) string {
		if ref.Name == "" {
			return "none"
		}
		obj, err := r.Dynamic.Resource(resource).Namespace(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
		if err != nil {
			return "unknown at " + time.Now().UTC().Format(time.RFC3339Nano)
		}
		return obj.GetResourceVersion()
	}
	return fmt.Sprintf("credentials=%s ca=%s", version(secretsResource, store.Credentials), version(store.CA.Resource(), store.CA.Reference))
}

func (r *Runner) desiredStore(ctx context.Context) (eso.Store, error) {
	ca, err := r.existingCA(ctx)
	if err != nil {
		return eso.Store{}, err
	}
	d := r.Desired
	return eso.Store{Name: d.Store, Host: d.Host, Project: d.Project, Environment: d.Environment, Path: d.Path,
		Auth: d.Auth, Credentials: d.secret(), CA: ca}, nil
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
		return eso.Store{}, notForInfisical(name)
	}
	return store, nil
}

func notForInfisical(name string) error {
	return fmt.Errorf("read ClusterSecretStore %s: it is not a store for Infisical with universal auth or Kubernetes Auth; name another with --store", name)
}
