package setup

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// StoreResult says what became of a store.
type StoreResult struct {
	Result
	Store eso.Store
	// Changes are the changes of its fields, in the unified form; empty without any.
	Changes string
	// Checked means that Infisical has said that the project, the environment and the path exist.
	Checked bool
}

// ApplyStore writes the store and waits until ESO has judged it. ESO watches neither the Secret nor the ConfigMap, so it is made to look
// anew when one of them has changed since the last time, and when the store was not ready.
func (r *Runner) ApplyStore(ctx context.Context) (StoreResult, error) {
	change, err := r.planStore(ctx, true)
	if err == nil {
		err = change.checkOwner()
	}
	if err != nil {
		return change.result(""), err
	}
	return r.carryOut(ctx, change)
}

func (r *Runner) carryOut(ctx context.Context, change storeChange) (StoreResult, error) {
	store := change.store
	inputs := r.inputVersions(ctx, store)
	mark, err := store.Key().Mark(ctx, r.Dynamic)
	if err != nil {
		return change.result(""), err
	}
	applied, outcome, err := r.writeStore(ctx, change)
	if err != nil {
		return change.result(""), err
	}
	result := change.result(outcome)
	if outcome.Altered() {
		if result.Changes, err = kube.Diff(change.held, applied); err != nil {
			return result, err
		}
	}
	ready, _ := eso.Ready(applied)
	result.Detail = "ready, " + result.Detail
	if !outcome.Altered() && ready.Status == "True" && eso.LookedAt(applied) == inputs {
		return result, nil
	}
	err = eso.OnceWebhookAnswers(ctx, r.Dynamic, r.Desired.Namespace, r.Progress, func() error {
		return store.Key().TouchFor(ctx, r.Dynamic, inputs)
	})
	if err != nil {
		return result, err
	}
	r.Progress("waiting for ESO to judge the store")
	ctx, cancel := context.WithTimeout(ctx, StoreTimeout)
	defer cancel()
	return result, withRemoval(store.Key().Wait(ctx, r.Dynamic, mark), store, outcome)
}

// writeStore applies it, once the webhook answers. What holds the fields already is not written: others may be its owner.
func (r *Runner) writeStore(ctx context.Context, change storeChange) (applied *unstructured.Unstructured, outcome kube.Outcome, err error) {
	if change.held != nil && len(change.differing) == 0 {
		if _, owned := kube.OwnerOf(change.held); owned {
			return change.held, kube.Unchanged, nil
		}
	}
	err = eso.OnceWebhookAnswers(ctx, r.Dynamic, r.Desired.Namespace, r.Progress, func() error {
		applied, outcome, err = kube.Apply(ctx, change.api(r), change.object, r.Desired.ForceConflicts)
		return err
	})
	return applied, outcome, eso.Explain("apply "+change.store.String(), err)
}

// PreviewStore says what ApplyStore would change. Server asks the API server and ESO's webhook with a dry run; otherwise the fields are
// laid over those in the cluster here, and Infisical is not asked either.
func (r *Runner) PreviewStore(ctx context.Context, server bool) (StoreResult, error) {
	change, err := r.planStore(ctx, server)
	if err != nil {
		return change.result(""), err
	}
	if owner, owned := change.owner(); owned {
		change.notes = append(change.notes, "this is no more than a proposal: the store is kept by "+owner.String()+", which would undo the change")
	}
	after, outcome := change.overlaid()
	if server {
		after, outcome, err = kube.Preview(ctx, change.api(r), change.object, r.Desired.ForceConflicts)
		if err != nil {
			return change.result(""), eso.Explain("try to apply "+change.store.String(), err)
		}
	}
	result := change.result(outcome)
	if outcome.Altered() {
		result.Changes, err = kube.Diff(change.held, after)
	}
	return result, err
}

// withRemoval adds to the fix how to be rid of a store that was made in vain: a corrected one may have another name.
func withRemoval(err error, store eso.Store, outcome kube.Outcome) error {
	var named *cause.Error
	if outcome == kube.Created && errors.As(err, &named) {
		named.Cause.Fix += "; this store can be removed with kubectl delete " + store.Key().Resource()
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

// RequireStore fails with a cause.Error if the cluster does not have the store.
func (r *Runner) RequireStore(ctx context.Context) error {
	_, err := r.currentStore(ctx)
	return err
}

// currentStore reads the store as the cluster has it.
func (r *Runner) currentStore(ctx context.Context) (eso.Store, error) {
	obj, err := r.heldStore(ctx)
	if err != nil {
		return eso.Store{}, err
	}
	if obj == nil {
		return eso.Store{}, &cause.Error{Tried: "read " + r.Desired.storeName(), Cause: cause.StoreMissing}
	}
	store, ok := eso.ReadStore(obj)
	if !ok {
		return eso.Store{}, r.notForInfisical()
	}
	return store, nil
}

// heldStore is the store as the cluster has it, or nil.
func (r *Runner) heldStore(ctx context.Context) (*unstructured.Unstructured, error) {
	obj, err := eso.Stores(r.Dynamic, r.Desired.StoreNamespace).Get(ctx, r.Desired.Store, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.Desired.storeName(), err)
	}
	return obj, nil
}

func (r *Runner) notForInfisical() error {
	return fmt.Errorf("read %s: it is not a store for Infisical with universal auth or Kubernetes Auth; name another with --store", r.Desired.storeName())
}
