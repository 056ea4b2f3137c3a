package credentials

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// lastApplied is where kubectl apply leaves a copy of the whole object, values included.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// Written says what Write did beside writing.
type Written struct {
	Outcome kube.Outcome
	// Adopted names the field managers from whom the values were taken over.
	Adopted []string
	// LeakRemoved means that an annotation held a copy of the values, and holds it no more.
	LeakRemoved bool
}

// Detail says in words what is worth knowing of it, or nothing.
func (w Written) Detail() string {
	var parts []string
	if len(w.Adopted) > 0 {
		parts = append(parts, "taken over from "+strings.Join(w.Adopted, ", "))
	}
	if w.LeakRemoved {
		parts = append(parts, "kubectl's copy of the values in an annotation is removed")
	}
	return strings.Join(parts, "; ")
}

// Write puts the content into the Secret by server-side apply. A Secret that a person made is taken over; one that another tool keeps
// is refused with a cause.Error, since that tool would undo the change. Fields of any other manager need force.
func Write(ctx context.Context, client dynamic.Interface, ref eso.Reference, content Content, force bool) (Written, error) {
	return write(ctx, client, ref, content, "", force)
}

// Replace is Write as long as the Secret is the very one that held was read from. Otherwise it changes nothing and fails with a cause.Error (EI105).
func Replace(ctx context.Context, client dynamic.Interface, ref eso.Reference, held, content Content, force bool) (Written, error) {
	return write(ctx, client, ref, content, held.version, force)
}

func write(ctx context.Context, client dynamic.Interface, ref eso.Reference, content Content, version string, force bool) (Written, error) {
	api := client.Resource(secrets).Namespace(ref.Namespace)
	w, existing, obj, err := prepare(ctx, api, ref, content)
	if err != nil {
		return w, err
	}
	if version != "" {
		obj.SetResourceVersion(version)
	}
	_, w.Outcome, err = kube.Apply(ctx, api, obj, force || len(w.Adopted) > 0)
	if err != nil {
		return w, err
	}
	if w.Outcome == kube.Unchanged {
		w.Adopted = nil // they hold the very same values, together with us
	}
	if !leaks(existing) {
		return w, nil
	}
	w.LeakRemoved = true
	if w.Outcome == kube.Unchanged {
		w.Outcome = kube.Changed
	}
	return w, removeLeak(ctx, api, ref)
}

// Preview says what Write would do, and changes nothing. What another manager owns only Write meets.
func Preview(ctx context.Context, client dynamic.Interface, ref eso.Reference, content Content) (Written, error) {
	w, existing, obj, err := prepare(ctx, client.Resource(secrets).Namespace(ref.Namespace), ref, content)
	if err != nil {
		return w, err
	}
	w.LeakRemoved = leaks(existing)
	switch {
	case existing == nil:
		w.Outcome = kube.Created
	case w.LeakRemoved || !applied(existing) || !within(obj.Object, existing.Object):
		w.Outcome = kube.Changed
	default:
		w.Outcome, w.Adopted = kube.Unchanged, nil
	}
	return w, nil
}

// applied reports whether the Secret has been written by this program before, maybe with the very values that others wrote.
func applied(existing *unstructured.Unstructured) bool {
	record := existing.GetManagedFields()
	return len(record) == 0 || slices.ContainsFunc(record, func(e metav1.ManagedFieldsEntry) bool {
		return e.Manager == kube.FieldManager && e.Operation == metav1.ManagedFieldsOperationApply
	})
}

// within reports whether all fields of the one are the same in the other.
func within(fields, of map[string]any) bool {
	for name, value := range fields {
		below, isMap := value.(map[string]any)
		held, wasMap := of[name].(map[string]any)
		if isMap && wasMap && within(below, held) {
			continue
		}
		if isMap || !reflect.DeepEqual(value, of[name]) {
			return false
		}
	}
	return true
}

// prepare looks at the Secret as it is, nil for none, and makes what is to be applied.
func prepare(ctx context.Context, api dynamic.ResourceInterface, ref eso.Reference, content Content) (w Written, existing, obj *unstructured.Unstructured, err error) {
	existing, err = api.Get(ctx, ref.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		existing = nil
	case err != nil:
		return w, nil, nil, fmt.Errorf("look at Secret %s/%s before it is written: %w", ref.Namespace, ref.Name, err)
	default:
		if err := errors.Join(refuse(ref, existing), refuseKubernetesAuth(ref, existing)); err != nil {
			return w, nil, nil, err
		}
		w.Adopted = kube.HandHeld(existing, "data")
		content = content.settled(read(existing))
	}
	obj = content.object(ref)
	recordAdoption(obj, existing)
	return w, existing, obj, nil
}

// leaks reports whether an annotation holds a copy of the values.
func leaks(existing *unstructured.Unstructured) bool {
	return existing != nil && existing.GetAnnotations()[lastApplied] != ""
}

// recordAdoption keeps in mind who made a Secret that was there before, for as long as it exists: what this program has not made, it does
// not delete.
func recordAdoption(obj, existing *unstructured.Unstructured) {
	if existing == nil {
		return
	}
	from := AdoptedFrom(existing)
	if from == "" && existing.GetLabels()[kube.ManagedByLabel] != kube.FieldManager {
		from = makers(existing)
	}
	if from == "" {
		return
	}
	annotations := obj.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[adoptedAnnotation] = from
	obj.SetAnnotations(annotations)
}

// makers names whoever has written any field of the object.
func makers(obj *unstructured.Unstructured) string {
	var names []string
	for _, entry := range obj.GetManagedFields() {
		if entry.Manager != kube.FieldManager && !slices.Contains(names, entry.Manager) {
			names = append(names, entry.Manager)
		}
	}
	if len(names) == 0 {
		return "somebody else"
	}
	return strings.Join(names, ", ")
}

// CheckWrite fails where Write would, as far as that can be told before there is anything to write. It changes nothing.
func CheckWrite(ctx context.Context, client dynamic.Interface, ref eso.Reference) error {
	api := client.Resource(secrets).Namespace(ref.Namespace)
	existing, err := api.Get(ctx, ref.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
	case err != nil:
		return fmt.Errorf("look at Secret %s/%s before it is written: %w", ref.Namespace, ref.Name, err)
	default:
		if err := refuse(ref, existing); err != nil {
			return err
		}
	}
	_, err = api.Apply(ctx, ref.Name, bare(ref), metav1.ApplyOptions{FieldManager: kube.FieldManager, Force: true, DryRun: []string{metav1.DryRunAll}})
	if apierrors.IsForbidden(err) || apierrors.IsInvalid(err) {
		return fmt.Errorf("see whether Secret %s/%s may be written: %w", ref.Namespace, ref.Name, err)
	}
	return nil // A namespace that is not there will be made, and what else fails may be the dry run alone.
}

// refuse names what stands in the way of writing the Secret.
func refuse(ref eso.Reference, existing *unstructured.Unstructured) error {
	what := fmt.Sprintf("write Secret %s/%s", ref.Namespace, ref.Name)
	if owner, found := kube.OwnerOf(existing); found {
		return &cause.Error{Tried: what, Cause: cause.Cause{Code: "EI320", Summary: "the Secret is kept by " + owner.String() + ", which would undo the change",
			Fix: "change the credentials where that tool takes them from, or give the Secret another name with --secret"}}
	}
	if immutable, _, _ := unstructured.NestedBool(existing.Object, "immutable"); immutable {
		return &cause.Error{Tried: what, Cause: cause.Cause{Code: "EI321", Summary: "the Secret is immutable",
			Fix: fmt.Sprintf("delete it with kubectl -n %s delete secret %s, then run the same command again", ref.Namespace, ref.Name)}}
	}
	return nil
}

// refuseKubernetesAuth keeps a pair out of the Secret that names a machine identity of Kubernetes Auth: server-side apply would take the
// identity's ID away, and with it the store's way to log in.
func refuseKubernetesAuth(ref eso.Reference, existing *unstructured.Unstructured) error {
	if _, found, _ := unstructured.NestedString(existing.Object, "data", eso.IdentityKey); !found {
		return nil
	}
	return &cause.Error{Tried: fmt.Sprintf("write Secret %s/%s", ref.Namespace, ref.Name), Cause: cause.Cause{Code: "EI329",
		Summary: "the Secret names the machine identity of a store with Kubernetes Auth, which needs no client secret",
		Fix:     "give the pair a Secret of its own with --secret NAME"}}
}

// Continuing completes content with what the Secret already says of the same pair, so that writing it again forgets nothing.
func (c Content) Continuing(held Content) Content {
	if c.Pair != held.Pair {
		return c
	}
	c.Previous = held.Previous
	if c.SecretID == "" {
		c.SecretID, c.IdentityID = held.SecretID, held.IdentityID
	}
	if c.MadeAs == "" && c.IdentityID == held.IdentityID {
		c.MadeAs = held.MadeAs
	}
	if c.VerifiedAt.IsZero() {
		c.VerifiedAt, c.VerifiedFrom = held.VerifiedAt, held.VerifiedFrom
	}
	return c
}

// settled keeps the time of an earlier verification where nothing else has changed, so that a second run changes nothing.
func (c Content) settled(held Content) Content {
	if held.VerifiedAt.IsZero() || c.VerifiedAt.IsZero() {
		return c
	}
	same := c
	same.VerifiedAt = held.VerifiedAt
	if same.Pair == held.Pair && same.Record == held.Record && (c.Previous == nil) == (held.Previous == nil) {
		return same
	}
	return c
}

func (c Content) object(ref eso.Reference) *unstructured.Unstructured {
	obj := bare(ref)
	obj.Object["type"], obj.Object["data"] = "Opaque", c.data()
	obj.Object["metadata"].(map[string]any)["annotations"] = c.annotations()
	return obj
}

// bare is the Secret without what it holds.
func bare(ref eso.Reference) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Secret",
		"metadata": map[string]any{"name": ref.Name, "namespace": ref.Namespace, "labels": map[string]any{kube.ManagedByLabel: kube.FieldManager}}}}
}

func removeLeak(ctx context.Context, api dynamic.ResourceInterface, ref eso.Reference) error {
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:null}}}`, lastApplied)
	_, err := api.Patch(ctx, ref.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: kube.FieldManager})
	if err != nil {
		return fmt.Errorf("remove the copy of the values from the annotation %s of Secret %s/%s: %w; remove it by hand", lastApplied, ref.Namespace, ref.Name, err)
	}
	return nil
}
