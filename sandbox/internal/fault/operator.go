package fault

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// operatorFaults break ESO's installation: its pods, its webhook, its definitions.
func operatorFaults() []Fault {
	return slices.Concat([]Fault{{
		Name:       "webhook-down",
		Summary:    "ESO's admission webhook has no running pod",
		Expect:     Expect{Code: "EI202", Object: "external-secrets-webhook"},
		apply:      stopWebhook,
		heal:       startWebhook,
		touchFirst: true,
	}}, podFaults(), groundFaults(), webhookFaults(), definitionFaults(), releaseFaults())
}

// podFaults keep pods of ESO from running. A Deployment that cannot bring up a new pod keeps its old one, as in real life.
func podFaults() []Fault {
	up := mended("wait for the controller to be as it was", available("external-secrets"))
	arguments := func(add string) func(*unstructured.Unstructured) error {
		return container(func(c map[string]any) {
			list, _ := c["args"].([]any)
			c["args"] = append(slices.DeleteFunc(list, func(a any) bool { return a == add }), add)
		})
	}
	return []Fault{
		steps("controller-scaled-down", "ESO's controller is told to run no pod", Expect{Code: "EI202", Object: "Deployment external-secrets/external-secrets"},
			up, change(controller, set(int64(0), "spec", "replicas")), until("wait for the controller to be gone", available("external-secrets"))),
		steps("cert-controller-down", "the cert-controller is told to run no pod", Expect{Code: "EI202", Object: "external-secrets-cert-controller"},
			mended("wait for the cert-controller", available("external-secrets-cert-controller")), change(certController, set(int64(0), "spec", "replicas"))),
		steps("image-unknown", "the controller's image is not to be had", Expect{Code: "EI251", Object: "Pod external-secrets/external-secrets-"},
			up, change(controller, container(func(c map[string]any) { c["image"] = "registry.sandbox.test/external-secrets:none" })),
			until("wait for the pull to fail", podWaits("ErrImagePull", "ImagePullBackOff"))),
		steps("container-config", "the controller's container takes a variable from a Secret that is not there", Expect{Code: "EI252", Object: "Pod external-secrets/external-secrets-"},
			up, change(controller, container(func(c map[string]any) {
				c["env"] = []any{map[string]any{"name": "X", "valueFrom": map[string]any{"secretKeyRef": map[string]any{"name": "not-there", "key": "x"}}}}
			})), until("wait for the container to be refused", podWaits("CreateContainerConfigError"))),
		steps("controller-crashes", "the controller is started with a flag that it does not know", Expect{Code: "EI276", Object: "Pod external-secrets/external-secrets-"},
			up, change(controller, arguments("--no-such-flag")), until("wait for the crash loop", podWaits("CrashLoopBackOff"))),
		steps("controller-dies", "the controller is told to log at a level that there is not, and ends", Expect{Code: "EI253", Object: "Pod external-secrets/external-secrets-"},
			up, change(controller, arguments("--loglevel=nonsense")), until("wait for the crash loop", podWaits("CrashLoopBackOff"))),
		steps("unschedulable", "no node is what the controller asks for", Expect{Code: "EI254", Object: "Pod external-secrets/external-secrets-"},
			up, change(controller, set(map[string]any{"no-such": "node"}, "spec", "template", "spec", "nodeSelector"))),
		steps("cluster-stores-off", "the controller is told to leave ClusterSecretStores alone", Expect{Code: "EI260", Object: "Deployment external-secrets/external-secrets"},
			up, change(controller, arguments("--enable-cluster-store-reconciler=false")), until("wait for the new pod", available("external-secrets"))),
		steps("second-installation", "there is a second controller of ESO, in another namespace", Expect{Code: "EI259", Object: "eso-second"},
			add(namespaceKind, "{apiVersion: v1, kind: Namespace, metadata: {name: eso-second}}"),
			add(deploymentKind, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: external-secrets, namespace: eso-second,
  labels: {app.kubernetes.io/name: external-secrets, app.kubernetes.io/instance: second}},
  spec: {replicas: 0, selector: {matchLabels: {app: second}}, template: {metadata: {labels: {app: second}}, spec: {containers: [{name: eso, image: none}]}}}}`)),
		steps("rights-taken", "the controller's ClusterRoleBinding is gone", Expect{Code: "EI268", Object: "ServiceAccount external-secrets/external-secrets"},
			settled, remove(one(bindingKind, "", "external-secrets-controller"))),
	}
}

// webhookFaults break the way of an object through admission. The label by which the cert-controller knows its configurations goes first, or it
// would mend them at once.
func webhookFaults() []Fault {
	storeWebhook := one(webhookKind, "", "secretstore-validate")
	first := func(edit func(client map[string]any)) func(*unstructured.Unstructured) error {
		return func(obj *unstructured.Unstructured) error {
			labels := obj.GetLabels()
			delete(labels, "external-secrets.io/component")
			obj.SetLabels(labels)
			list, _, err := unstructured.NestedSlice(obj.Object, "webhooks")
			if err != nil {
				return err
			}
			for _, w := range list {
				edit(w.(map[string]any)["clientConfig"].(map[string]any))
			}
			return unstructured.SetNestedSlice(obj.Object, list, "webhooks")
		}
	}
	return []Fault{
		steps("webhook-stale-bundle", "the API server trusts another CA than that of the webhook's certificate", Expect{Code: "EI223", Object: "secretstore-validate", Fixed: true},
			change(storeWebhook, first(func(c map[string]any) { c["caBundle"] = foreignBundle() }))),
		steps("webhook-no-bundle", "the webhook's configuration has lost its CA", Expect{Code: "EI223", Object: "secretstore-validate", Fixed: true},
			change(storeWebhook, first(func(c map[string]any) { delete(c, "caBundle") }))),
		steps("webhook-elsewhere", "the webhook's configuration leads to a Service of an installation that is gone", Expect{Code: "EI255", Object: "secretstore-validate"},
			change(storeWebhook, first(func(c map[string]any) { c["service"].(map[string]any)["namespace"] = "eso-old" }))),
		steps("webhook-without-service", "the webhook's Service is gone", Expect{Code: "EI215", Object: "Service external-secrets/external-secrets-webhook"},
			mended("wait for the webhook's endpoints", func(ctx context.Context, t Target) error {
				ready, err := webhookEndpoints(ctx, t.Cluster)
				if err == nil && ready == 0 {
					err = fmt.Errorf("there is none")
				}
				return err
			}), remove(one(serviceKind, home, "external-secrets-webhook"))),
		steps("webhook-of-others", "a webhook of another product is asked about stores, and cannot be reached", Expect{Code: "EI226", Object: "policy.sandbox.test"},
			add(webhookKind, `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: sandbox-policy},
  webhooks: [{name: policy.sandbox.test, sideEffects: None, admissionReviewVersions: [v1], failurePolicy: Fail, timeoutSeconds: 3,
    clientConfig: {service: {namespace: default, name: no-such-service, path: /validate}},
    rules: [{apiGroups: [external-secrets.io], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: [clustersecretstores]}]}]}`)),
	}
}

// definitionFaults break custom resource definitions.
func definitionFaults() []Fault {
	stores := one(definitionKind, "", "clustersecretstores.external-secrets.io")
	return []Fault{
		steps("definition-without-ca", "the stores' definition is that of an older ESO, which knows no caProvider", Expect{Code: "EI256", Object: "clustersecretstores.external-secrets.io"},
			change(theStores, func(*unstructured.Unstructured) error { return nil }), // what the API server prunes meanwhile is put back
			change(stores, eachVersion(func(v map[string]any) {
				unstructured.RemoveNestedField(v, "schema", "openAPIV3Schema", "properties", "spec", "properties", "provider", "properties", "infisical", "properties", "caProvider")
			}))),
		steps("definition-converts", "the stores' definition has a conversion webhook that is gone", Expect{Code: "EI227", Object: "clustersecretstores.external-secrets.io"},
			change(stores, set(map[string]any{"strategy": "Webhook", "webhook": map[string]any{"conversionReviewVersions": []any{"v1"},
				"clientConfig": map[string]any{"service": map[string]any{"namespace": home, "name": "external-secrets-webhook", "path": "/convert"}}}}, "spec", "conversion"))),
		{Name: "definition-stores-old", Summary: "objects of the stores' definition may be stored in a version that is gone", Expect: Expect{Code: "EI258", Object: "clustersecretstores.external-secrets.io", Warning: true},
			apply: storedVersions("v1beta1", "v1"), heal: storedVersions("v1")},
	}
}

func eachVersion(edit func(map[string]any)) func(*unstructured.Unstructured) error {
	return func(obj *unstructured.Unstructured) error {
		list, _, err := unstructured.NestedSlice(obj.Object, "spec", "versions")
		if err != nil {
			return err
		}
		for _, v := range list {
			edit(v.(map[string]any))
		}
		return unstructured.SetNestedSlice(obj.Object, list, "spec", "versions")
	}
}

// storedVersions writes the versions that the definition of the stores calls stored. The first time a version is added, the status is all
// that changes.
func storedVersions(versions ...any) func(context.Context, Target, saved) error {
	return func(ctx context.Context, t Target, _ saved) error {
		api := t.Cluster.Resource(definitionKind)
		obj, err := api.Get(ctx, "clustersecretstores.external-secrets.io", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if err := unstructured.SetNestedSlice(obj.Object, versions, "status", "storedVersions"); err != nil {
			return err
		}
		_, err = api.UpdateStatus(ctx, obj, metav1.UpdateOptions{})
		return err
	}
}
