package setup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// storeChange is a store that has been checked and may be written.
type storeChange struct {
	store  eso.Store
	object *unstructured.Unstructured
	// held is the store as it is, nil for a new one, and differing are the fields that would change.
	held      *unstructured.Unstructured
	differing []string
	checked   bool
	notes     []string
}

// planStore checks all that can be checked before anything is written: the CRD's fields, and if it is to ask for more, the rights and the
// place in Infisical.
func (r *Runner) planStore(ctx context.Context, ask bool) (storeChange, error) {
	held, err := r.heldStore(ctx)
	if err != nil {
		return storeChange{}, err
	}
	if ask {
		if err := kube.RequireRights(ctx, r.Typed, "write "+r.Desired.storeName(), r.storeRights(held == nil)); err != nil {
			return storeChange{}, err
		}
	}
	store, err := r.desiredStore(ctx, held)
	if err != nil {
		return storeChange{}, err
	}
	change := r.changeOf(store, held)
	if err := r.checkSchema(ctx, change); err != nil {
		return change, err
	}
	if ask {
		change.checked, err = r.checkPlace(ctx, store)
	}
	var unsure *verify.UnsureError
	if errors.As(err, &unsure) {
		change.notes = append(change.notes, "project, environment and path are not checked: "+unsure.Error())
		err = nil
	}
	return change, err
}

// changeOf is what would become of the store that is held, which may be nil.
func (r *Runner) changeOf(store eso.Store, held *unstructured.Unstructured) storeChange {
	change := storeChange{store: store, object: store.Object(), held: held}
	change.differing = change.differ()
	if store.Open() {
		change.notes = append(change.notes, "every namespace may use "+store.String()+", and so read all that its machine identity may; "+
			"--allow-namespace or --allow-namespace-selector limits that")
	}
	return change
}

// storeRights are those to write the store and to await ESO's verdict.
func (r *Runner) storeRights(create bool) []kube.Right {
	stores := eso.StoreKey{Namespace: r.Desired.StoreNamespace}.Right()
	named := stores
	named.Name = r.Desired.Store
	rights := kube.On(named, "list", "patch")
	if create {
		rights = append(rights, kube.On(stores, "create")...)
	}
	return rights
}

// checkSchema finds fields that the CRD does not have. Where it may not be read, a dry run shows whether they survive.
func (r *Runner) checkSchema(ctx context.Context, change storeChange) error {
	schema, err := eso.StoreSchema(ctx, r.Dynamic, change.store.Kind())
	if apierrors.IsForbidden(err) {
		return r.trySchema(ctx, change)
	}
	if err != nil {
		return err
	}
	if unknown := schema.Unknown(change.object); len(unknown) > 0 {
		return eso.TooOld(change.store.Key(), unknown)
	}
	return nil
}

func (r *Runner) trySchema(ctx context.Context, change storeChange) error {
	var after *unstructured.Unstructured
	err := eso.OnceWebhookAnswers(ctx, r.Dynamic, r.Desired.Namespace, r.Progress, func() (err error) {
		after, _, err = kube.Preview(ctx, change.api(r), change.object, r.Desired.ForceConflicts)
		return err
	})
	if fields := eso.Undeclared(err); len(fields) > 0 {
		return eso.TooOld(change.store.Key(), fields)
	}
	if err != nil {
		return eso.Explain("try to apply "+change.store.String(), err)
	}
	if lost := eso.Lost(change.object, after); len(lost) > 0 {
		return eso.TooOld(change.store.Key(), lost)
	}
	return nil
}

// owner is the GitOps tool or controller that keeps the store and would undo the change, if anything of it is to change.
func (c storeChange) owner() (kube.Owner, bool) {
	if c.held == nil || len(c.differing) == 0 {
		return kube.Owner{}, false
	}
	return kube.OwnerOf(c.held)
}

// checkOwner stops before such a store.
func (c storeChange) checkOwner() error {
	if owner, owned := c.owner(); owned {
		return &cause.Error{Tried: "change " + c.store.String(), Cause: cause.StoreManaged(owner.String()),
			Err: fmt.Errorf("these fields would change: %s", join(c.differing))}
	}
	return nil
}

func (c storeChange) api(r *Runner) dynamic.ResourceInterface {
	return eso.Stores(r.Dynamic, c.store.Namespace)
}

func (c storeChange) result(outcome kube.Outcome) StoreResult {
	result := StoreResult{Store: c.store, Checked: c.checked}
	result.Object, result.Outcome, result.Notes = "clustersecretstore/"+c.store.Name, outcome, c.notes
	if c.store.Namespace != "" {
		result.Object = "secretstore/" + c.store.Name
	}
	s := c.store
	result.Detail = fmt.Sprintf("%s project %s environment %s path %s", s.Host, s.Project, s.Environment, s.Path)
	return result
}

// differ lists the fields of the spec that are to change.
func (c storeChange) differ() []string {
	if c.held == nil {
		return nil
	}
	var fields []string
	compareFields(c.object.Object["spec"], c.held.Object["spec"], "spec", &fields)
	return fields
}

func compareFields(want, have any, path string, differing *[]string) {
	wanted, isMap := want.(map[string]any)
	held, wasMap := have.(map[string]any)
	if !isMap || !wasMap {
		if !reflect.DeepEqual(want, have) {
			*differing = append(*differing, path)
		}
		return
	}
	for name, value := range wanted {
		compareFields(value, held[name], path+"."+name, differing)
	}
}

// overlaid is the store as it would be with the fields laid over those in the cluster.
func (c storeChange) overlaid() (*unstructured.Unstructured, kube.Outcome) {
	if c.held == nil {
		return c.object, kube.Created
	}
	after := c.held.DeepCopy()
	overlay(after.Object, map[string]any{"spec": c.object.Object["spec"]})
	labels := after.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, c.object.GetLabels())
	after.SetLabels(labels)
	if reflect.DeepEqual(after.Object, c.held.Object) {
		return after, kube.Unchanged
	}
	return after, kube.Changed
}

func overlay(onto, fields map[string]any) {
	for name, value := range fields {
		below, isMap := value.(map[string]any)
		under, wasMap := onto[name].(map[string]any)
		if isMap && wasMap {
			overlay(under, below)
			continue
		}
		onto[name] = value
	}
}
