package kube

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Outcome says what an apply did to the object.
type Outcome string

// The outcomes of Apply, and Deleted for what is removed. Applied means that the object could not be read before, so that nobody knows if it changed.
const (
	Created   Outcome = "created"
	Changed   Outcome = "changed"
	Unchanged Outcome = "unchanged"
	Applied   Outcome = "applied"
	Deleted   Outcome = "deleted"
)

// modified is how the API server says that a resource version is not the present one any more.
const modified = "the object has been modified"

// Apply writes obj by server-side apply and returns the object as the server holds it. A field that another manager owns is taken over
// with force, and is an error with the code EI104 without it. Where obj names a resource version, a change that somebody else has made since
// is an error with the code EI105. kubectl's last-applied annotation is never written.
func Apply(ctx context.Context, client dynamic.ResourceInterface, obj *unstructured.Unstructured, force bool) (*unstructured.Unstructured, Outcome, error) {
	return apply(ctx, client, obj, metav1.ApplyOptions{FieldManager: FieldManager, Force: force})
}

// Preview returns what Apply would, by a dry run on the server: admission is asked, and nothing is written.
func Preview(ctx context.Context, client dynamic.ResourceInterface, obj *unstructured.Unstructured, force bool) (*unstructured.Unstructured, Outcome, error) {
	return apply(ctx, client, obj, metav1.ApplyOptions{FieldManager: FieldManager, Force: force, DryRun: []string{metav1.DryRunAll}})
}

func apply(ctx context.Context, client dynamic.ResourceInterface, obj *unstructured.Unstructured, options metav1.ApplyOptions) (*unstructured.Unstructured, Outcome, error) {
	what := fmt.Sprintf("apply %s %s", obj.GetKind(), obj.GetName())
	before, readErr := client.Get(ctx, obj.GetName(), metav1.GetOptions{})
	if readErr != nil && !apierrors.IsNotFound(readErr) && !apierrors.IsForbidden(readErr) {
		return nil, "", fmt.Errorf("%s: %w", what, readErr)
	}
	after, err := client.Apply(ctx, obj.GetName(), obj, options)
	if apierrors.IsConflict(err) && strings.Contains(err.Error(), modified) {
		return nil, "", &cause.Error{Tried: what, Err: err, Cause: cause.Cause{Code: "EI105",
			Summary: "somebody else has changed it meanwhile, and that change is kept", Fix: "run the same command again, which looks at it anew"}}
	}
	if apierrors.IsConflict(err) {
		return nil, "", &cause.Error{Tried: what, Err: err, Cause: cause.Cause{Code: "EI104",
			Summary: "fields that would change belong to another field manager, such as kubectl or a GitOps controller",
			Fix:     "take them over with --force-conflicts if nothing else writes this object, or change it where it is managed"}}
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", what, err)
	}
	if len(options.DryRun) > 0 && readErr == nil {
		// A dry run does not move the version.
		differing, err := Diff(before, after)
		if err != nil || differing == "" {
			return after, Unchanged, err
		}
		return after, Changed, nil
	}
	return after, outcome(before, readErr, after), nil
}

func outcome(before *unstructured.Unstructured, readErr error, after *unstructured.Unstructured) Outcome {
	switch {
	case apierrors.IsNotFound(readErr):
		return Created
	case readErr != nil:
		return Applied
	case before.GetResourceVersion() == after.GetResourceVersion():
		return Unchanged
	default:
		return Changed
	}
}

// Altered reports whether the outcome may have altered the cluster.
func (o Outcome) Altered() bool { return o != Unchanged }
