package proof

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// lookTimeout bounds the look at what a namespace hangs on, which comes when the time for waiting is up.
const lookTimeout = 10 * time.Second

// shown is how many objects a message names.
const shown = 5

// Removal says what was removed of a test.
type Removal struct {
	Outcome kube.Outcome
	// Detail is one plain sentence.
	Detail string
}

// Cleanup removes the tests' ExternalSecrets and the namespace that was made for them. The ExternalSecrets go first and are waited
// for, since their finalizer needs the controller; with wait set, the namespace is waited for as well. A namespace that others made, or
// have put something into, stays.
func (p *Prover) Cleanup(ctx context.Context, name string, wait bool) (Removal, error) {
	ns, err := p.Typed.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return untouched("there is nothing to clean up"), nil
	}
	if err != nil {
		return Removal{}, fmt.Errorf("read namespace %s: %w", name, err)
	}
	if ns.DeletionTimestamp != nil {
		if !wait {
			return untouched("it is being deleted already"), nil
		}
		return Removal{kube.Deleted, "it was being deleted already, and is gone"}, p.waitGone(ctx, name)
	}
	if err := p.deleteTests(ctx, name); err != nil {
		return Removal{}, err
	}
	removal, err := p.removeSpace(ctx, name)
	if err != nil || removal.Outcome != kube.Deleted || !wait {
		return removal, err
	}
	return Removal{kube.Deleted, "with the tests in it"}, p.waitGone(ctx, name)
}

// Preview says what Cleanup would do, and changes nothing.
func (p *Prover) Preview(ctx context.Context, name string) (Removal, error) {
	ns, err := p.Typed.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return untouched("there is nothing to clean up"), nil
	case err != nil:
		return Removal{}, fmt.Errorf("read namespace %s: %w", name, err)
	case ns.DeletionTimestamp != nil:
		return untouched("it is being deleted already"), nil
	}
	left, err := p.Dynamic.Resource(eso.ExternalSecrets).Namespace(name).List(ctx, tests)
	if err != nil && !apierrors.IsNotFound(err) {
		return Removal{}, fmt.Errorf("look for tests in namespace %s: %w", name, err)
	}
	if err == nil && len(left.Items) > 0 {
		return Removal{kube.Deleted, fmt.Sprintf("what tests have left: %d ExternalSecrets", len(left.Items))}, nil
	}
	if !made(ns) {
		return untouched("the namespace stays, since it was not made for tests; there is no test in it"), nil
	}
	others, err := p.others(ctx, name)
	if err != nil || len(others.Objects) > 0 {
		return untouched("the namespace stays, since others have put something into it: " + others.Names(shown)), err
	}
	return Removal{kube.Deleted, "made for tests, and empty"}, nil
}

func untouched(detail string) Removal { return Removal{kube.Unchanged, detail} }

// removeSpace deletes the namespace if it was made for tests and holds nothing else, and does not wait for it.
func (p *Prover) removeSpace(ctx context.Context, name string) (Removal, error) {
	ns, err := p.Typed.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return Removal{}, fmt.Errorf("read namespace %s: %w", name, err)
	}
	if !made(ns) {
		return untouched("the namespace stays, since it was not made for tests; there is no test in it"), nil
	}
	others, err := p.others(ctx, name)
	if err != nil {
		return Removal{}, err
	}
	if len(others.Objects) > 0 {
		return untouched("the namespace stays, since others have put something into it: " + others.Names(shown)), nil
	}
	only := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &ns.UID}}
	err = p.Typed.CoreV1().Namespaces().Delete(ctx, name, only)
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return Removal{}, fmt.Errorf("delete namespace %s: %w", name, err)
	}
	return Removal{kube.Deleted, "with the tests in it; Kubernetes goes on removing it"}, nil
}

// made reports whether the namespace was made for tests, by the product.
func made(ns metav1.Object) bool {
	for label, value := range purpose {
		if ns.GetLabels()[label] != value {
			return false
		}
	}
	return kube.MadeByUs(ns)
}

// others are the objects in a test namespace that do not go with a test. Where one may not look at everything, nothing is said of it.
func (p *Prover) others(ctx context.Context, namespace string) (kube.Inhabitants, error) {
	all, err := p.Lookout.Inhabitants(ctx, namespace)
	if err == nil && len(all.Unseen) > 0 {
		err = all.Unseen[0]
	}
	if err != nil {
		return kube.Inhabitants{}, fmt.Errorf("look for others' objects in namespace %s before it is deleted: %w", namespace, err)
	}
	return all.Except(func(i kube.Inhabitant) bool {
		_, synced := i.Labels["reconcile.external-secrets.io/managed"]
		test := i.Labels["eso-infisical.dev/purpose"] == "test" && kube.MadeByUs(&i.PartialObjectMetadata)
		return test || synced && i.Resource.Resource == "secrets" && strings.HasPrefix(i.Name, "test-")
	}), nil
}

// deleteTests removes the product's own ExternalSecrets from the namespace and waits until they are gone.
func (p *Prover) deleteTests(ctx context.Context, namespace string) error {
	client := p.Dynamic.Resource(eso.ExternalSecrets).Namespace(namespace)
	held, err := client.List(ctx, tests)
	if apierrors.IsNotFound(err) || err == nil && len(held.Items) == 0 {
		return nil // ESO's CRDs or the tests are not there.
	}
	what := "delete the tests in namespace " + namespace
	if err != nil {
		return eso.Explain(what, err)
	}
	for i := range held.Items {
		if !kube.MadeByUs(&held.Items[i]) {
			continue
		}
		if err := client.Delete(ctx, held.Items[i].GetName(), metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return eso.Explain(what, err)
		}
	}
	err = kube.Until(ctx, []kube.Source{{Client: client, Options: tests}}, func(seen []kube.Seen) (bool, error) {
		for _, obj := range seen[0].Objects {
			if kube.MadeByUs(obj) {
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("wait for the tests in namespace %s to be gone (ESO's controller removes their finalizer): %w", namespace, err)
	}
	return nil
}

// waitGone waits for the namespace. When time is up, it says what that hangs on.
func (p *Prover) waitGone(ctx context.Context, name string) error {
	p.Progress("waiting for namespace " + name + " to be gone")
	err := kube.WaitNamespaceGone(ctx, p.Dynamic, name)
	if err == nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
	defer cancel()
	return &cause.Error{Tried: "delete namespace " + name, Cause: cause.NamespaceHangs(name, p.holding(look, name)), Err: err}
}

// holding are the reasons that can be seen why a namespace stays.
func (p *Prover) holding(ctx context.Context, name string) []string {
	var held []string
	all, err := p.Lookout.Inhabitants(ctx, name)
	if err != nil {
		return nil
	}
	held = append(held, all.Held()...)
	for _, unseen := range all.Unseen {
		held = append(held, "nobody could look at "+unseen.Error())
	}
	if ns, err := p.Typed.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{}); err == nil && len(ns.Finalizers) > 0 {
		held = append(held, "the namespace itself waits for finalizer "+strings.Join(ns.Finalizers, ", "))
	}
	return held
}
