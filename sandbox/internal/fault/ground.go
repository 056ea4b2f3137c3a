package fault

import (
	"context"
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// groundFaults take away what ESO's pods and its webhook stand on, while ESO itself goes on for some time.
func groundFaults() []Fault {
	served := mended("wait for the webhook's endpoints", func(ctx context.Context, t Target) error {
		ready, err := webhookEndpoints(ctx, t.Cluster)
		if err == nil && ready == 0 {
			err = errors.New("there is none")
		}
		return err
	})
	up := mended("wait for the controller to be as it was", available("external-secrets"))
	pushes := one(definitionKind, "", "pushsecrets.external-secrets.io")
	return []Fault{
		steps("kind-missing", "the definition of PushSecrets is gone, which the controller watches", Expect{Code: "EI267", Object: "pushsecrets.external-secrets.io"}, remove(pushes)),
		steps("definition-unlabelled", "the stores' definition has lost the label by which the cert-controller sees it", Expect{Code: "EI274", Object: "clustersecretstores.external-secrets.io"},
			change(one(definitionKind, "", "clustersecretstores.external-secrets.io"), unset("metadata", "labels", "external-secrets.io/component"))),
		steps("webhook-selects-nothing", "the webhook's Service selects pods that there are not", Expect{Code: "EI215", Object: "Service external-secrets/external-secrets-webhook"},
			served, change(one(serviceKind, home, "external-secrets-webhook"), set(map[string]any{"app": "no-such"}, "spec", "selector"))),
		steps("secrets-guarded", "a webhook of another product is asked about Secrets, and has no pod", Expect{Code: "EI226", Object: "Service default/no-such-guard"},
			add(webhookKind, `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: sandbox-guard},
  webhooks: [{name: guard.sandbox.test, sideEffects: None, admissionReviewVersions: [v1], failurePolicy: Fail, timeoutSeconds: 3,
    clientConfig: {service: {namespace: default, name: no-such-guard, path: /validate}},
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [secrets]}]}]}`)),
		steps("pods-refused", "a quota lets no new pod of ESO be made", Expect{Code: "EI264", Object: "Deployment external-secrets/external-secrets"},
			up, add(quotaKind, "{apiVersion: v1, kind: ResourceQuota, metadata: {name: sandbox-quota, namespace: external-secrets}, spec: {hard: {pods: '0'}}}"),
			until("wait for the quota to hold", quotaHolds),
			change(controller, set(map[string]any{"sandbox": "new"}, "spec", "template", "metadata", "annotations")), until("wait for a pod to be refused", podRefused)),
		steps("nobody-leads", "there are two controllers, and none is elected", Expect{Code: "EI219", Object: "Deployment external-secrets/external-secrets", Warning: true},
			up, change(controller, set(int64(2), "spec", "replicas")), until("wait for the second one", available("external-secrets"))),
	}
}

// quotaHolds waits until the quota is in force.
func quotaHolds(ctx context.Context, t Target) error {
	quota, err := t.Cluster.Resource(quotaKind).Namespace(home).Get(ctx, "sandbox-quota", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if _, found, _ := unstructured.NestedString(quota.Object, "status", "hard", "pods"); !found {
		return errors.New("it has no status yet")
	}
	return nil
}

// podRefused waits until the controller's Deployment has said that it can make no pod.
func podRefused(ctx context.Context, t Target) error {
	d, err := t.Cluster.Resource(deploymentKind).Namespace(home).Get(ctx, "external-secrets", metav1.GetOptions{})
	if err == nil && condition(d, "ReplicaFailure") != "True" {
		err = errors.New("none was refused yet")
	}
	return err
}
