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
	deleted, foreign, err := r.deleteTests(ctx, name)
	if err != nil {
		return result, err
	}
	if ns.Labels[kube.ManagedByLabel] != kube.FieldManager || foreign > 0 {
		result.Detail = "the namespace stays: it, or something in it, was not made by this program"
		if deleted > 0 {
			result.Object, result.Outcome = "externalsecrets of "+name, Cleaned
		}
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

// deleteTests removes the product's own ExternalSecrets. It says how many there were, and how many of others' remain.
func (r *Runner) deleteTests(ctx context.Context, namespace string) (deleted, foreign int, err error) {
	client := r.Dynamic.Resource(eso.ExternalSecrets).Namespace(namespace)
	list, err := client.List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return 0, 0, nil // ESO's CRDs are not there.
	}
	if err != nil {
		return 0, 0, fmt.Errorf("list the tests in namespace %s: %w", namespace, err)
	}
	for _, es := range list.Items {
		if es.GetLabels()[kube.ManagedByLabel] == kube.FieldManager {
			deleted++
		}
	}
	foreign = len(list.Items) - deleted
	if deleted == 0 {
		return 0, foreign, nil
	}
	ours := metav1.ListOptions{LabelSelector: kube.ManagedByLabel + "=" + kube.FieldManager}
	if err := client.DeleteCollection(ctx, metav1.DeleteOptions{}, ours); err != nil {
		return 0, foreign, fmt.Errorf("delete the tests in namespace %s: %w", namespace, err)
	}
	err = kube.Until(ctx, []kube.Source{{Client: client, Options: ours}}, func(seen []kube.Seen) (bool, error) {
		return len(seen[0].Objects) == 0, nil
	})
	if err != nil {
		return 0, foreign, fmt.Errorf("wait for the tests in namespace %s to be gone (ESO's controller removes their finalizer): %w", namespace, err)
	}
	return deleted, foreign, nil
}
