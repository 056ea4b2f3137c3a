package setup

import (
	"context"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

var namespacesResource = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}

// goneTimeout is how long a namespace that is being deleted, or the tests in one, are waited for.
const goneTimeout = time.Minute

// ensureNamespace creates the namespace with the product's mark and the labels. One that exists is left as it is; one that is being
// deleted is waited for first.
func (r *Runner) ensureNamespace(ctx context.Context, name string, labels map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, goneTimeout)
	defer cancel()
	existing, err := r.Typed.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	if err == nil && existing.DeletionTimestamp == nil {
		return nil
	}
	if err == nil {
		r.Progress("waiting for namespace " + name + " to be gone, which is being deleted")
		if err := r.waitGone(ctx, name); err != nil {
			return err
		}
	} else if !apierrors.IsNotFound(err) {
		return fmt.Errorf("read namespace %s: %w", name, err)
	}
	created := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{kube.ManagedByLabel: kube.FieldManager}}}
	maps.Copy(created.Labels, labels)
	_, err = r.Typed.CoreV1().Namespaces().Create(ctx, created, metav1.CreateOptions{FieldManager: kube.FieldManager})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create namespace %s: %w", name, err)
	}
	return nil
}

// waitGone waits for a namespace to be gone and, when time is up, says what holds it.
func (r *Runner) waitGone(ctx context.Context, name string) error {
	holding := ""
	err := kube.Until(ctx, []kube.Source{kube.Named(r.Dynamic.Resource(namespacesResource), name)}, func(seen []kube.Seen) (bool, error) {
		ns := seen[0].First()
		if ns == nil {
			return true, nil
		}
		holding = kube.Terminating(ns)
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("wait for namespace %s to be gone%s: %w", name, holding, err)
	}
	return nil
}
