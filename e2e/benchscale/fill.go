package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// writers is how many clients fill at a time.
const writers = 24

// filling is what to fill a cluster with.
type filling struct {
	objects, namespaces, failing int
	store                        string
}

// clients are the ways to write.
type clients struct {
	dynamic dynamic.Interface
	typed   kubernetes.Interface
}

func (f filling) fill(ctx context.Context, config *rest.Config) error {
	started := time.Now()
	var c clients
	var err error
	if c.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	if c.typed, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if err := each(ctx, f.namespaces, func(ctx context.Context, n int) error {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: f.namespace(n)}}
		_, err := c.typed.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
		return ignoreExisting(err)
	}); err != nil {
		return err
	}
	if err := each(ctx, f.objects, func(ctx context.Context, n int) error { return f.write(ctx, c, n) }); err != nil {
		return err
	}
	fmt.Printf("%d ExternalSecrets in %d namespaces, %d of them failing, made in %.0f s\n", f.objects, f.namespaces, f.failing, time.Since(started).Seconds())
	return nil
}

func each(ctx context.Context, count int, do func(context.Context, int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for n := range count {
		group.Go(func() error { return do(ctx, n) })
	}
	return group.Wait()
}

func ignoreExisting(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

func (f filling) namespace(n int) string { return fmt.Sprintf("scale-%03d", n%f.namespaces) }

// write makes one ExternalSecret with the status that ESO gives to one that is ready, or that fails.
func (f filling) write(ctx context.Context, c clients, n int) error {
	es := eso.ExternalSecret{Namespace: f.namespace(n), Name: fmt.Sprintf("app-%05d", n), Store: eso.StoreKey{Name: f.store}, Key: fmt.Sprintf("KEY_%d", n), TargetKey: "value"}
	api := c.dynamic.Resource(eso.ExternalSecrets).Namespace(es.Namespace)
	made, err := api.Create(ctx, es.Object(), metav1.CreateOptions{FieldManager: "kubectl"})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create ExternalSecret %s: %w", es.Name, err)
	}
	fails := n < f.failing
	patch, err := json.Marshal(map[string]any{"status": status(fails, n)})
	if err != nil {
		return err
	}
	// ESO's own field manager, so that managedFields are as long as in a real cluster.
	_, err = api.Patch(ctx, es.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: "external-secrets"}, "status")
	if err != nil {
		return fmt.Errorf("write the status of ExternalSecret %s: %w", es.Name, err)
	}
	if !fails {
		return nil
	}
	_, err = c.typed.CoreV1().Events(es.Namespace).Create(ctx, event(made, n), metav1.CreateOptions{})
	return err
}

func status(fails bool, n int) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339)
	condition := map[string]any{"type": "Ready", "status": "True", "reason": "SecretSynced", "message": "secret synced", "lastTransitionTime": now}
	s := map[string]any{"refreshTime": now, "syncedResourceVersion": fmt.Sprintf("1-%056x", n), "binding": map[string]any{"name": fmt.Sprintf("app-%05d", n)}}
	if fails {
		condition["status"], condition["reason"], condition["message"] = "False", "SecretSyncedError", "could not get secret data from provider"
		delete(s, "refreshTime")
	}
	s["conditions"] = []any{condition}
	return s
}

// reasons are what ESO tells of failures.
var reasons = []string{
	`error processing spec.data[0] (key: KEY_%d), err: Secret does not exist`,
	`error processing spec.data[0] (key: KEY_%d), err: APIError: CallRetrieveSecretV3Raw unsuccessful response [status-code=403] [message="You are not allowed to read on secrets"]`,
	`error processing spec.data[0] (key: KEY_%d), err: APIError: CallRetrieveSecretV3Raw unsuccessful response [status-code=429] [message="Rate limit exceeded. Please try again in 9 seconds"]`,
}

func event(es *unstructured.Unstructured, n int) *corev1.Event {
	now := metav1.Now()
	return &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{GenerateName: es.GetName() + ".", Namespace: es.GetNamespace()},
		InvolvedObject: corev1.ObjectReference{Kind: "ExternalSecret", APIVersion: es.GetAPIVersion(), Namespace: es.GetNamespace(), Name: es.GetName(),
			UID: es.GetUID()},
		Type: corev1.EventTypeWarning, Reason: "UpdateFailed", Message: fmt.Sprintf(reasons[n%len(reasons)], n),
		Source: corev1.EventSource{Component: "external-secrets"}, FirstTimestamp: now, LastTimestamp: now, Count: 1,
	}
}
