package fault

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// home is the namespace of ESO and its credentials, as the runbook has it.
const home = "external-secrets"

// Kinds that faults are about.
var (
	deploymentKind  = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	secretKind      = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	configMapKind   = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	namespaceKind   = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	serviceKind     = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	quotaKind       = schema.GroupVersionResource{Version: "v1", Resource: "resourcequotas"}
	policyKind      = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}
	definitionKind  = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	webhookKind     = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}
	bindingKind     = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"}
	storeKind       = schema.GroupVersionResource{Group: "external-secrets.io", Version: "v1", Resource: "clustersecretstores"}
	secretStoreKind = schema.GroupVersionResource{Group: "external-secrets.io", Version: "v1", Resource: "secretstores"}
	wishKind        = schema.GroupVersionResource{Group: "external-secrets.io", Version: "v1", Resource: "externalsecrets"}
)

// one is a place that is known by name.
func one(kind schema.GroupVersionResource, namespace, name string) finder {
	return func(context.Context, Target) ([]located, error) { return []located{{kind, namespace, name}}, nil }
}

// The Deployments of a release called external-secrets.
var (
	controller     = one(deploymentKind, home, "external-secrets")
	certController = one(deploymentKind, home, "external-secrets-cert-controller")
)

// theStores are the ClusterSecretStores for Infisical, of which there must be one.
func theStores(ctx context.Context, t Target) ([]located, error) {
	list, err := infisicalStores(ctx, t.Cluster)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("the cluster has no store with the Infisical provider; make one first")
	}
	var found []located
	for _, s := range list {
		found = append(found, located{storeKind, "", s.GetName()})
	}
	return found, nil
}

// referred finds what the stores refer to in a field below spec.provider.infisical.
func referred(kind schema.GroupVersionResource, path ...string) finder {
	return func(ctx context.Context, t Target) ([]located, error) {
		list, err := infisicalStores(ctx, t.Cluster)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			ref, found, _ := unstructured.NestedStringMap(s.Object, append([]string{"spec", "provider", "infisical"}, path...)...)
			if found && ref["name"] != "" {
				return []located{{kind, ref["namespace"], ref["name"]}}, nil
			}
		}
		return nil, fmt.Errorf("no store for Infisical refers to anything in %v; set the sandbox up first", path)
	}
}

var (
	theCredentials = referred(secretKind, "auth", "universalAuthCredentials", "clientSecret")
	theCA          = referred(configMapKind, "caProvider")
)

// firstStore is the name of one store, for ExternalSecrets that are added.
func firstStore(ctx context.Context, t Target) (string, error) {
	found, err := theStores(ctx, t)
	if err != nil {
		return "", err
	}
	return found[0].name, nil
}

// set returns an edit that sets a field.
func set(value any, path ...string) func(*unstructured.Unstructured) error {
	return func(obj *unstructured.Unstructured) error {
		return unstructured.SetNestedField(obj.Object, value, path...)
	}
}

// unset returns an edit that takes a field away.
func unset(path ...string) func(*unstructured.Unstructured) error {
	return func(obj *unstructured.Unstructured) error {
		unstructured.RemoveNestedField(obj.Object, path...)
		return nil
	}
}

// provider is where a store's fields for Infisical are.
func provider(path ...string) []string {
	return append([]string{"spec", "provider", "infisical"}, path...)
}

// container edits the first container of a Deployment's template.
func container(edit func(map[string]any)) func(*unstructured.Unstructured) error {
	return func(obj *unstructured.Unstructured) error {
		list, _, err := unstructured.NestedSlice(obj.Object, "spec", "template", "spec", "containers")
		if err != nil || len(list) == 0 {
			return errors.Join(err, errors.New("it has no containers"))
		}
		edit(list[0].(map[string]any))
		return unstructured.SetNestedSlice(obj.Object, list, "spec", "template", "spec", "containers")
	}
}

// condition reads the status of a condition.
func condition(obj *unstructured.Unstructured, kind string) string {
	list, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
	for _, c := range list {
		if c, is := c.(map[string]any); is && c["type"] == kind {
			status, _ := c["status"].(string)
			return status
		}
	}
	return ""
}

// storesReady waits until every store is ready, or until none is.
func storesReady(want string) func(context.Context, Target) error {
	return func(ctx context.Context, t Target) error {
		list, err := infisicalStores(ctx, t.Cluster)
		if err != nil {
			return err
		}
		for i := range list {
			if got := condition(&list[i], "Ready"); got != want {
				return fmt.Errorf("store %s has Ready=%s", list[i].GetName(), got)
			}
		}
		return nil
	}
}

// touchInterval is how often ESO is made to look again at most: each look that fails may be a login, and ESO drops the events of an object that
// has had two dozen.
const touchInterval = 4 * time.Second

// touched makes ESO look at the stores now and then while something is awaited of them.
func touched(seen func(context.Context, Target) error) func(context.Context, Target) error {
	var last time.Time
	return func(ctx context.Context, t Target) error {
		if time.Since(last) > touchInterval {
			last = time.Now()
			if err := touch(ctx, t.Cluster); err != nil {
				return err
			}
		}
		return seen(ctx, t)
	}
}

// available waits until a Deployment has the pods that it wants, and no others.
func available(name string) func(context.Context, Target) error {
	return func(ctx context.Context, t Target) error {
		d, err := t.Cluster.Resource(deploymentKind).Namespace(home).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		count := func(path ...string) int64 {
			n, _, _ := unstructured.NestedInt64(d.Object, path...)
			return n
		}
		wanted := count("spec", "replicas")
		if count("status", "observedGeneration") != d.GetGeneration() || count("status", "availableReplicas") != wanted || count("status", "replicas") != wanted || count("status", "updatedReplicas") != wanted {
			return fmt.Errorf("%s has %d of %d pods available", name, count("status", "availableReplicas"), wanted)
		}
		return nil
	}
}

// podWaits waits until a pod waits for a reason.
func podWaits(reasons ...string) func(context.Context, Target) error {
	return func(ctx context.Context, t Target) error {
		pods := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
		list, err := t.Cluster.Resource(pods).Namespace(home).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, pod := range list.Items {
			statuses, _, _ := unstructured.NestedSlice(pod.Object, "status", "containerStatuses")
			for _, s := range statuses {
				reason, _, _ := unstructured.NestedString(s.(map[string]any), "state", "waiting", "reason")
				for _, want := range reasons {
					if reason == want {
						return nil
					}
				}
			}
		}
		return fmt.Errorf("no pod waits for %v", reasons)
	}
}
