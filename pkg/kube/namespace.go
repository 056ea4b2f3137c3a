package kube

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
)

var namespacesResource = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}

// goneTimeout is how long a namespace that is being deleted is waited for before it is made anew.
const goneTimeout = time.Minute

// EnsureNamespace creates the namespace with the product's mark and the labels. One that exists is left as it is; one that is being
// deleted is waited for first. It reports whether it has made it.
func EnsureNamespace(ctx context.Context, typed kubernetes.Interface, client dynamic.Interface, name string, labels map[string]string,
	progress func(string)) (made bool, err error) {
	existing, err := typed.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	if err == nil && existing.DeletionTimestamp == nil {
		return false, nil
	}
	if err == nil {
		progress("waiting for namespace " + name + " to be gone, which is being deleted")
		limited, cancel := context.WithTimeout(ctx, goneTimeout)
		defer cancel()
		if err := WaitNamespaceGone(limited, client, name); err != nil {
			return false, err
		}
	} else if !apierrors.IsNotFound(err) {
		return false, fmt.Errorf("read namespace %s: %w", name, err)
	}
	created := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{ManagedByLabel: FieldManager}}}
	maps.Copy(created.Labels, labels)
	_, err = typed.CoreV1().Namespaces().Create(ctx, created, metav1.CreateOptions{FieldManager: FieldManager})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return false, fmt.Errorf("create namespace %s: %w", name, err)
	}
	return err == nil, nil
}

// WaitNamespaceGone waits for a namespace to be gone and, when time is up, says what its status names.
func WaitNamespaceGone(ctx context.Context, client dynamic.Interface, name string) error {
	holding := ""
	err := Until(ctx, []Source{Named(client.Resource(namespacesResource), name)}, func(seen []Seen) (bool, error) {
		ns := seen[0].First()
		if ns == nil {
			return true, nil
		}
		holding = Terminating(ns)
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("wait for namespace %s to be gone%s: %w", name, holding, err)
	}
	return nil
}

// MadeByUs reports whether the product has made the object: it carries the product's mark, and the API server's own record of who wrote
// its fields, where there is one, names the product. Somebody may have copied the mark.
func MadeByUs(obj metav1.Object) bool {
	record := obj.GetManagedFields()
	return obj.GetLabels()[ManagedByLabel] == FieldManager && (len(record) == 0 ||
		slices.ContainsFunc(record, func(e metav1.ManagedFieldsEntry) bool { return e.Manager == FieldManager }))
}

// ClusterUID tells one cluster from any other, whatever its address: it is the UID of the namespace that every cluster has.
func ClusterUID(ctx context.Context, typed kubernetes.Interface) (string, error) {
	ns, err := typed.CoreV1().Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("tell this cluster from others by its namespace %s: %w", metav1.NamespaceSystem, err)
	}
	return string(ns.UID), nil
}
