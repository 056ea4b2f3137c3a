package fault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// The webhook's Deployment and Service, as the chart names them in a release called external-secrets.
const (
	webhookNamespace = "external-secrets"
	webhookName      = "external-secrets-webhook"
	savedReplicas    = "replicas"
)

func deployments(cluster dynamic.Interface) dynamic.ResourceInterface {
	return cluster.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).Namespace(webhookNamespace)
}

func stopWebhook(ctx context.Context, t Target, saved saved) error {
	deployment, err := deployments(t.Cluster).Get(ctx, webhookName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("the cluster has no webhook to take down, no Deployment %s/%s; install ESO first", webhookNamespace, webhookName)
	}
	if err != nil {
		return fmt.Errorf("look at the webhook: %w", err)
	}
	replicas, _, _ := unstructured.NestedInt64(deployment.Object, "spec", "replicas")
	if replicas > 0 {
		saved[savedReplicas] = strconv.FormatInt(replicas, 10)
	}
	if saved[savedReplicas] == "" {
		return errors.New("the webhook has been scaled to 0 by someone else; scale it up first")
	}
	if err := scaleWebhook(ctx, t.Cluster, "0"); err != nil {
		return err
	}
	return await(ctx, "wait for the webhook to be gone", func(ctx context.Context) error {
		ready, err := webhookEndpoints(ctx, t.Cluster)
		if err == nil && ready > 0 {
			err = fmt.Errorf("%d of its pods still serve", ready)
		}
		return err
	})
}

// startWebhook returns when the webhook accepts stores again: a Deployment counts as available a little before that.
func startWebhook(ctx context.Context, t Target, saved saved) error {
	err := scaleWebhook(ctx, t.Cluster, saved[savedReplicas])
	if apierrors.IsNotFound(err) {
		return nil // uninstalled meanwhile
	}
	if err != nil {
		return err
	}
	return await(ctx, "wait for the webhook to serve again", func(ctx context.Context) error {
		ready, err := webhookEndpoints(ctx, t.Cluster)
		if err != nil {
			return err
		}
		if ready == 0 {
			return errors.New("none of its pods is ready")
		}
		return touch(ctx, t.Cluster)
	})
}

func scaleWebhook(ctx context.Context, cluster dynamic.Interface, replicas string) error {
	data, err := json.Marshal(map[string]any{"spec": map[string]any{"replicas": json.Number(replicas)}})
	if err != nil {
		return fmt.Errorf("scale the webhook to %q: %w", replicas, err)
	}
	if _, err := deployments(cluster).Patch(ctx, webhookName, types.MergePatchType, data, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("scale the webhook to %s: %w", replicas, err)
	}
	return nil
}

// webhookEndpoints counts the webhook's pods that its Service leads to.
func webhookEndpoints(ctx context.Context, cluster dynamic.Interface) (int, error) {
	slices := cluster.Resource(schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"})
	list, err := slices.Namespace(webhookNamespace).List(ctx, metav1.ListOptions{LabelSelector: "kubernetes.io/service-name=" + webhookName})
	if err != nil {
		return 0, fmt.Errorf("list the webhook's endpoints: %w", err)
	}
	ready := 0
	for _, slice := range list.Items {
		endpoints, _, _ := unstructured.NestedSlice(slice.Object, "endpoints")
		for _, endpoint := range endpoints {
			fields, _ := endpoint.(map[string]any)
			if is, _, _ := unstructured.NestedBool(fields, "conditions", "ready"); is {
				ready++
			}
		}
	}
	return ready, nil
}
