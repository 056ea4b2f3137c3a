//go:build e2e

package e2e

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// shop is what users of ESO have in a cluster: ExternalSecrets by hand and by a ClusterExternalSecret, and a pod that needs two of the
// Secrets.
const shop = `
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: web}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: shop}
spec: {refreshInterval: 1h0m0s, secretStoreRef: {kind: ClusterSecretStore, name: STORE}, target: {name: db-login}, data: [{secretKey: k, remoteRef: {key: KEY}}]}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: queue, namespace: shop}
spec: {refreshInterval: 1h0m0s, secretStoreRef: {kind: ClusterSecretStore, name: STORE}, target: {name: queue, deletionPolicy: Delete}, data: [{secretKey: k, remoteRef: {key: KEY}}]}
---
apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: {name: everywhere}
spec:
  namespaces: [shop, web]
  externalSecretName: shared
  externalSecretSpec: {refreshInterval: 1h0m0s, secretStoreRef: {kind: ClusterSecretStore, name: STORE}, target: {name: shared}, data: [{secretKey: k, remoteRef: {key: KEY}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop}
spec:
  containers: [{name: c, image: example.invalid/none:1, env: [{name: K, valueFrom: {secretKeyRef: {name: db-login, key: k}}}]}]
  volumes: [{name: v, projected: {sources: [{secret: {name: shared}}]}}]
`

// shopSecrets are those that ESO writes for it.
var shopSecrets = []string{"shop/db-login", "shop/queue", "shop/shared", "web/shared"}

// openShop makes the shop and waits until its Secrets are there.
func (s *sandbox) openShop(t *testing.T) {
	t.Helper()
	s.applyYAML(t, strings.NewReplacer("STORE", "infisical-"+s.Infisical.ProjectSlug, "KEY", s.Infisical.Key).Replace(shop))
	for _, name := range shopSecrets {
		namespace, secret, _ := strings.Cut(name, "/")
		s.waitUntil(t, "ESO owns Secret "+name, func() bool {
			obj, err := s.client(t).Resource(resources["secrets"]).Namespace(namespace).Get(t.Context(), secret, metav1.GetOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				t.Fatal(err)
			}
			return err == nil && len(obj.GetOwnerReferences()) == 1
		})
	}
}

// applyYAML applies objects as a user with kubectl does.
func (s *sandbox) applyYAML(t *testing.T, text string) {
	t.Helper()
	for _, document := range strings.Split(text, "\n---\n") {
		data, err := yaml.YAMLToJSON([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		obj := &unstructured.Unstructured{}
		if err := json.Unmarshal(data, &obj.Object); err != nil {
			t.Fatal(err)
		}
		resource, _ := meta.UnsafeGuessKindToResource(obj.GroupVersionKind())
		_, err = s.client(t).Resource(resource).Namespace(obj.GetNamespace()).Apply(t.Context(), obj.GetName(), obj, metav1.ApplyOptions{FieldManager: "kubectl", Force: true})
		if err != nil {
			t.Fatalf("apply %s %s: %v", obj.GetKind(), obj.GetName(), err)
		}
	}
}

// waitUntil waits for what comes by itself, with patience for a loaded machine.
func (s *sandbox) waitUntil(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !so(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came that %s", what)
		}
	}
}

// secretPrints tells Secrets that are there by their uid and data.
func (s *sandbox) secretPrints(t *testing.T, names ...string) map[string]string {
	t.Helper()
	prints := map[string]string{}
	for _, name := range names {
		namespace, secret, _ := strings.Cut(name, "/")
		obj, err := s.client(t).Resource(resources["secrets"]).Namespace(namespace).Get(t.Context(), secret, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		prints[name] = fmt.Sprintf("%s %x", obj.GetUID(), sha256.Sum256(fmt.Append(nil, obj.Object["data"])))
	}
	return prints
}

// everything maps what an uninstall may touch to its version.
func (s *sandbox) everything(t *testing.T) map[string]string {
	t.Helper()
	all := versions(t, s.client(t))
	maps.Copy(all, s.secretPrints(t, shopSecrets...))
	for _, resource := range []schema.GroupVersionResource{
		{Version: "v1", Resource: "namespaces"},
		{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"},
		{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"},
		{Group: "external-secrets.io", Version: "v1", Resource: "clusterexternalsecrets"},
	} {
		for _, name := range s.names(t, resource) {
			all[resource.Resource+"/"+name] = "there"
		}
	}
	return all
}

// names lists the objects of a kind, or none of a kind that the cluster does not know.
func (s *sandbox) names(t *testing.T, resource schema.GroupVersionResource) []string {
	t.Helper()
	list, err := s.client(t).Resource(resource).List(t.Context(), metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, obj := range list.Items {
		names = append(names, obj.GetName())
	}
	return names
}

// esoDefinitions are the names of ESO's custom resource definitions.
func (s *sandbox) esoDefinitions(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, name := range s.names(t, schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}) {
		if strings.HasSuffix(name, ".external-secrets.io") {
			names = append(names, name)
		}
	}
	return names
}

// scale sets how many pods a Deployment of ESO runs, and waits until it is so.
func (s *sandbox) scale(t *testing.T, deployment string, pods int64) {
	t.Helper()
	api := s.client(t).Resource(resources["deployments"]).Namespace("external-secrets")
	patch := fmt.Sprintf(`{"spec":{"replicas":%d}}`, pods)
	if _, err := api.Patch(t.Context(), deployment, "application/merge-patch+json", []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	s.waitUntil(t, fmt.Sprintf("%s runs %d pods", deployment, pods), func() bool {
		d, err := api.Get(t.Context(), deployment, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		now, _, _ := unstructured.NestedInt64(d.Object, "status", "replicas")
		available, _, _ := unstructured.NestedInt64(d.Object, "status", "availableReplicas")
		return now == pods && available == pods
	})
}
