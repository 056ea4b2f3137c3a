package setup

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Cleaned is the outcome of removing something.
const Cleaned kube.Outcome = "deleted"

// Cleanup removes the tests' ExternalSecrets and their namespace, as far as the product made them. The ExternalSecrets go first and
// are waited for, since their finalizer needs the controller; with wait set, the namespace is waited for as well.
func (r *Runner) Cleanup(ctx context.Context, wait bool) (Result, error) {
	name := r.Desired.TestNamespace
	result := Result{Object: "namespace/" + name, Outcome: kube.Unchanged, Detail: "there is nothing to clean up"}
	ns, err := r.Typed.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return result, nil
	}
	if err != nil {
		return result, fmt.Errorf("read namespace %s: %w", name, err)
	}
	if ns.DeletionTimestamp != nil {
		result.Detail = "it is being deleted already"
		return result, r.waitGoneIf(ctx, wait, name)
	}
	if err := r.deleteTests(ctx, name); err != nil {
		return result, err
	}
	if ns.Labels[kube.ManagedByLabel] != kube.FieldManager {
		result.Detail = "the namespace was not made by this program and stays; the tests in it are gone"
		return result, nil
	}
	err = r.Typed.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return result, fmt.Errorf("delete namespace %s: %w", name, err)
	}
	result.Outcome, result.Detail = Cleaned, "with the tests in it"
	return result, r.waitGoneIf(ctx, wait, name)
}

func (r *Runner) waitGoneIf(ctx context.Context, wait bool, name string) error {
	if !wait {
		return nil
	}
	return r.waitGone(ctx, name)
}

func (r *Runner) deleteTests(ctx context.Context, namespace string) error {
	client := r.Dynamic.Resource(eso.ExternalSecrets).Namespace(namespace)
	ours := metav1.ListOptions{LabelSelector: kube.ManagedByLabel + "=" + kube.FieldManager}
	err := client.DeleteCollection(ctx, metav1.DeleteOptions{}, ours)
	if apierrors.IsNotFound(err) {
		return nil // ESO's CRDs are not there.
	}
	if err != nil {
		return fmt.Errorf("delete the tests in namespace %s: %w", namespace, err)
	}
	err = kube.Until(ctx, []kube.Source{{Client: client, Options: ours}}, func(seen []kube.Seen) (bool, error) {
		return len(seen[0].Objects) == 0, nil
	})
	if err != nil {
		return fmt.Errorf("wait for the tests in namespace %s to be gone (ESO's controller removes their finalizer): %w", namespace, err)
	}
	return nil
}
