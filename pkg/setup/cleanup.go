package setup

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Cleaned is the outcome of removing something.
const Cleaned kube.Outcome = "deleted"

// testSpace marks a namespace that was made for tests, and nothing else.
var testSpace = map[string]string{"eso-infisical.dev/purpose": "test"}

// ours selects what the product made.
var ours = metav1.ListOptions{LabelSelector: kube.ManagedByLabel + "=" + kube.FieldManager}

// Cleanup removes the tests' ExternalSecrets and the namespace that was made for them. The ExternalSecrets go first and are waited
// for, since their finalizer needs the controller; with wait set, the namespace is waited for as well. A namespace that others made, or
// have put something into, stays.
func (r *Runner) Cleanup(ctx context.Context, wait bool) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, goneTimeout)
	defer cancel()
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
	if err := r.deleteTests(ctx); err != nil {
		return result, err
	}
	result.Detail = "the namespace stays, since it was not made for tests; there is no test in it"
	for label, value := range testSpace {
		if ns.Labels[label] != value {
			return result, nil
		}
	}
	if foreign, err := r.foreign(ctx, name); err != nil || foreign != "" {
		result.Detail = "the namespace stays, since others have put something into it: " + foreign
		return result, err
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

// deleteTests removes the product's own ExternalSecrets from the test namespace and waits until they are gone.
func (r *Runner) deleteTests(ctx context.Context) error {
	name := r.Desired.TestNamespace
	client := r.Dynamic.Resource(eso.ExternalSecrets).Namespace(name)
	tests, err := client.List(ctx, ours)
	if apierrors.IsNotFound(err) || err == nil && len(tests.Items) == 0 {
		return nil // ESO's CRDs or the tests are not there.
	}
	if err == nil {
		err = client.DeleteCollection(ctx, metav1.DeleteOptions{}, ours)
	}
	if err != nil {
		return eso.Explain("delete the tests in namespace "+name, err)
	}
	err = kube.Until(ctx, []kube.Source{{Client: client, Options: ours}}, func(seen []kube.Seen) (bool, error) {
		return len(seen[0].Objects) == 0, nil
	})
	if err != nil {
		return fmt.Errorf("wait for the tests in namespace %s to be gone (ESO's controller removes their finalizer): %w", name, err)
	}
	return nil
}

// foreign names what is in a test namespace beside what tests and Kubernetes itself put there.
func (r *Runner) foreign(ctx context.Context, namespace string) (string, error) {
	var found []string
	for _, resource := range []schema.GroupVersionResource{eso.ExternalSecrets, secretsResource, configMapsResource, kube.PodsResource, kube.DeploymentsResource} {
		list, err := r.Dynamic.Resource(resource).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("look for others' objects in namespace %s before it is deleted: %w", namespace, err)
		}
		for i := range list.Items {
			if obj := &list.Items[i]; !expected(obj) {
				found = append(found, strings.ToLower(obj.GetKind())+"/"+obj.GetName())
			}
		}
	}
	return strings.Join(found, ", "), nil
}

// expected are the objects that go with a test: its Secret, which ESO marks, and the cluster's CA, which is in every namespace.
func expected(obj *unstructured.Unstructured) bool {
	_, synced := obj.GetLabels()["reconcile.external-secrets.io/managed"]
	return synced || obj.GetName() == "kube-root-ca.crt" || strings.HasPrefix(obj.GetName(), "default-token-")
}
