//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/storage"
	"helm.sh/helm/v3/pkg/storage/driver"
	helmtime "helm.sh/helm/v3/pkg/time"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

const storesCRD = "clustersecretstores.external-secrets.io"

// TestInstall meets everything that can stand in the way of an install, one after the other on one cluster.
func TestInstall(t *testing.T) {
	t.Parallel()
	s := start(t, "install")
	client := s.client(t)
	t.Run("every missing right is named and nothing changed", func(t *testing.T) { tooFewRights(t, s, client) })
	t.Run("a webhook configuration of another release", func(t *testing.T) { foreignWebhook(t, s, client) })
	t.Run("a definition that is being deleted", func(t *testing.T) { definitionGoing(t, s, client) })
	t.Run("a pending release of others", func(t *testing.T) { pendingRelease(t, s, client) })
	t.Run("shown before it is done", func(t *testing.T) { rehearsed(t, s, client) })
	t.Run("definitions that a person applied", func(t *testing.T) { adopted(t, s, client) })
	t.Run("what is installed is not changed", func(t *testing.T) { asInstalled(t, s) })
	// From here on the definitions stay, as they do when a release is removed.
	dismantle(t, client)
	t.Run("a quota", func(t *testing.T) { quota(t, s, client) })
	t.Run("no node that fits", func(t *testing.T) {
		stuck(t, s, client, "EI254", "cannot be scheduled", "--set", "nodeSelector.disk=none")
	})
	t.Run("an image that does not exist", func(t *testing.T) {
		stuck(t, s, client, "EI251", "nowhere.invalid", "--set", "image.repository=nowhere.invalid/eso")
	})
}

func (s *sandbox) install(more ...string) []string {
	return append(append([]string{"install"}, s.chart()...), more...)
}

// document reads what a run wrote for programs.
func (r result) document(t *testing.T) map[string]any {
	t.Helper()
	doc := map[string]any{}
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil || doc["kind"] != "InstallResult" {
		t.Fatalf("no document of an install: %v\n%v", err, r)
	}
	return doc
}

// create makes an object as kubectl create does, and removes it when the test is over.
func create(t *testing.T, client dynamic.Interface, resource, namespace, text string) {
	t.Helper()
	var fields map[string]any
	if err := yaml.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatal(err)
	}
	api := client.Resource(resources[resource]).Namespace(namespace)
	made, err := api.Create(t.Context(), &unstructured.Unstructured{Object: fields}, metav1.CreateOptions{FieldManager: "kubectl-create"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Delete(context.WithoutCancel(t.Context()), made.GetName(), metav1.DeleteOptions{}) })
}

func remove(t *testing.T, client dynamic.Interface, resource, name string) {
	t.Helper()
	err := client.Resource(resources[resource]).Delete(context.WithoutCancel(t.Context()), name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Errorf("delete %s %s: %v", resource, name, err)
	}
}

// dismantle removes all of ESO but its definitions, and waits until it is gone.
func dismantle(t *testing.T, client dynamic.Interface) {
	t.Helper()
	for _, resource := range []string{"validatingwebhookconfigurations", "clusterroles", "clusterrolebindings"} {
		for _, obj := range ofHelm(t, client, resource) {
			remove(t, client, resource, obj.GetName())
		}
	}
	remove(t, client, "namespaces", "external-secrets")
	awaited(t, "the namespace is gone", func() bool {
		_, err := client.Resource(resources["namespaces"]).Get(t.Context(), "external-secrets", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
}

// wipe is dismantle with the definitions. The API server may let one that has just been made wait long for its end, unless it is changed.
func wipe(t *testing.T, client dynamic.Interface) {
	t.Helper()
	dismantle(t, client)
	for _, crd := range esoDefinitions(t, client) {
		remove(t, client, "customresourcedefinitions", crd.GetName())
	}
	nudged := time.Now()
	awaited(t, "the definitions are gone", func() bool {
		left := esoDefinitions(t, client)
		if time.Since(nudged) > 10*time.Second {
			nudged = time.Now()
			for _, crd := range left {
				_, _ = client.Resource(resources["customresourcedefinitions"]).Patch(t.Context(), crd.GetName(), "application/merge-patch+json",
					fmt.Appendf(nil, `{"metadata":{"annotations":{"nudged":%q}}}`, nudged), metav1.PatchOptions{})
			}
		}
		return len(left) == 0
	})
}

func ofHelm(t *testing.T, client dynamic.Interface, resource string) []unstructured.Unstructured {
	t.Helper()
	list, err := client.Resource(resources[resource]).List(t.Context(), metav1.ListOptions{LabelSelector: "app.kubernetes.io/managed-by=Helm"})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func esoDefinitions(t *testing.T, client dynamic.Interface) []unstructured.Unstructured {
	t.Helper()
	list, err := client.Resource(resources["customresourcedefinitions"]).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list.Items, func(crd unstructured.Unstructured) bool {
		return !strings.HasSuffix(crd.GetName(), "external-secrets.io")
	})
}

// awaited waits for a condition, with time for a machine that has much to do.
func awaited(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long until %s", what)
		}
	}
}

func tooFewRights(t *testing.T, s *sandbox, client dynamic.Interface) {
	create(t, client, "clusterroles", "", `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: junior},
  rules: [{apiGroups: [""], resources: [namespaces, services, serviceaccounts, secrets], verbs: [get, list]}, {apiGroups: [apps], resources: [deployments], verbs: [get, list, create]}]}`)
	create(t, client, "clusterrolebindings", "", `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: junior},
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: junior}, subjects: [{kind: User, name: junior, apiGroup: rbac.authorization.k8s.io}]}`)
	r := s.run(t, s.install("--as", "junior")...)
	r.expect(t, 3, "get, create customresourcedefinitions.apiextensions.k8s.io", "create namespaces", "create, update secrets in namespace external-secrets",
		"get, create validatingwebhookconfigurations", "serviceaccounts/token", "cannot grant", "not allowed to look at customresourcedefinitions", "Nothing has been changed")
	if strings.Contains(r.errOut, "create deployments") {
		t.Errorf("a right is missed that is held:\n%v", r)
	}
	gone(t, client, "namespaces", "", "external-secrets")
	doc := s.run(t, s.install("--as", "junior", "-o", "json")...).document(t)
	if findings, _ := doc["findings"].([]any); len(findings) < 10 || doc["error"] == nil {
		t.Errorf("the document has %d findings and the error %v", len(findings), doc["error"])
	}
}

func foreignWebhook(t *testing.T, s *sandbox, client dynamic.Interface) {
	create(t, client, "validatingwebhookconfigurations", "", `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: secretstore-validate,
  labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: older, meta.helm.sh/release-namespace: tools}}}`)
	s.run(t, s.install()...).expect(t, 1, "validatingwebhookconfiguration/secretstore-validate", "Helm release older in namespace tools", "EI236")
	s.run(t, s.install("--take-ownership", "--yes")...).expect(t, 1, "EI236")
	remove(t, client, "validatingwebhookconfigurations", "secretstore-validate")
	gone(t, client, "namespaces", "", "external-secrets")
}

func definitionGoing(t *testing.T, s *sandbox, client dynamic.Interface) {
	create(t, client, "customresourcedefinitions", "", `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition,
  metadata: {name: `+storesCRD+`, finalizers: [example.com/hold]},
  spec: {group: external-secrets.io, scope: Cluster, names: {kind: ClusterSecretStore, plural: clustersecretstores},
    versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}`)
	remove(t, client, "customresourcedefinitions", storesCRD)
	s.run(t, s.install("--take-ownership", "--yes")...).expect(t, 1, "customresourcedefinition/"+storesCRD, "it is being deleted", "example.com/hold", "EI234")
	gone(t, client, "namespaces", "", "external-secrets")
	_, err := client.Resource(resources["customresourcedefinitions"]).Patch(t.Context(), storesCRD, "application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wipe(t, client)
}

// pendingRelease is what a helm that was killed ten minutes ago has left.
func pendingRelease(t *testing.T, s *sandbox, client dynamic.Interface) {
	create(t, client, "namespaces", "", "{apiVersion: v1, kind: Namespace, metadata: {name: external-secrets}}")
	ago := helmtime.Time{Time: time.Now().Add(-10 * time.Minute)}
	left := &release.Release{Name: "external-secrets", Namespace: "external-secrets", Version: 1, Chart: &chart.Chart{Metadata: &chart.Metadata{Name: "external-secrets", Version: s.ChartVersion}},
		Info: &release.Info{Status: release.StatusPendingInstall, FirstDeployed: ago, LastDeployed: ago}}
	if err := storage.Init(driver.NewSecrets(s.typed(t).CoreV1().Secrets("external-secrets"))).Create(left); err != nil {
		t.Fatal(err)
	}
	s.run(t, s.install()...).expect(t, 1, "Helm release external-secrets is pending-install", "EI203")
	dismantle(t, client)
}

func quota(t *testing.T, s *sandbox, client dynamic.Interface) {
	create(t, client, "namespaces", "", "{apiVersion: v1, kind: Namespace, metadata: {name: external-secrets}}")
	create(t, client, "resourcequotas", "external-secrets", `{apiVersion: v1, kind: ResourceQuota, metadata: {name: none}, spec: {hard: {pods: "0"}}}`)
	awaited(t, "the quota counts", func() bool {
		q, err := client.Resource(resources["resourcequotas"]).Namespace("external-secrets").Get(t.Context(), "none", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		used, _, _ := unstructured.NestedString(q.Object, "status", "used", "pods")
		return used != ""
	})
	stuck(t, s, client, "EI264", "exceeded quota")
}

// stuck installs what cannot start. The time counts from the moment that the state can be seen.
func stuck(t *testing.T, s *sandbox, client dynamic.Interface, code, text string, options ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := make(chan time.Time, 1)
	go func() { seen <- firstSeen(ctx, client, text) }()
	r := s.run(t, s.install(append(options, "-o", "json")...)...)
	ended := time.Now()
	cancel()
	r.expect(t, 1, code, text)
	if first := <-seen; first.IsZero() || ended.Sub(first) > 20*time.Second {
		t.Errorf("it took %s from the moment that the state could be seen", ended.Sub(first))
	} else {
		t.Logf("%s after the state could be seen", ended.Sub(first).Round(100*time.Millisecond))
	}
	if e, _ := r.document(t)["error"].(map[string]any); e["code"] != code {
		t.Errorf("the document names %v", e)
	}
	dismantle(t, client)
}

// firstSeen is when a pod or Deployment of ESO first showed the text, or was unable to start for it.
func firstSeen(ctx context.Context, client dynamic.Interface, text string) time.Time {
	wanted := strings.TrimPrefix(text, "cannot be ") // a pod's own message says only that it is Unschedulable
	for ; ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		for _, resource := range []string{"pods", "deployments"} {
			list, err := client.Resource(resources[resource]).Namespace("external-secrets").List(ctx, metav1.ListOptions{})
			if err != nil {
				continue
			}
			for _, obj := range list.Items {
				status, _, _ := unstructured.NestedMap(obj.Object, "status")
				if shown := fmt.Sprint(status); strings.Contains(shown, "ErrImage") || strings.Contains(shown, "ImagePull") || strings.Contains(shown, "Unschedulable") || strings.Contains(shown, wanted) {
					return time.Now()
				}
			}
		}
	}
	return time.Time{}
}

func rehearsed(t *testing.T, s *sandbox, client dynamic.Interface) {
	r := s.run(t, s.install("--dry-run=server")...)
	r.expect(t, 0, "customresourcedefinition/"+storesCRD+" created", "deployment/external-secrets created (its namespace or its kind does not exist yet)", "dry run, server")
	s.run(t, "install", "--repo", s.ChartRepo, "--version", s.ChartVersion, "--list-images", "--kubeconfig", "/nonexistent").expect(t, 0, "ghcr.io/external-secrets/external-secrets:v"+s.ChartVersion)
	s.run(t, s.install("--dry-run=client", "-o", "yaml")...).expect(t, 0, "kind: InstallResult", "Deployment/external-secrets-webhook")
	gone(t, client, "namespaces", "", "external-secrets")
	gone(t, client, "customresourcedefinitions", "", storesCRD)
}

func adopted(t *testing.T, s *sandbox, client dynamic.Interface) {
	for _, crd := range s.definitions(t) {
		_, err := client.Resource(resources["customresourcedefinitions"]).Apply(t.Context(), crd.GetName(), crd, metav1.ApplyOptions{FieldManager: "kubectl", Force: true})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.run(t, s.install()...).expect(t, 1, "customresourcedefinition/"+storesCRD, "it was made by kubectl", "EI235", "--take-ownership", "Nothing has been changed")
	s.run(t, s.install("--take-ownership")...).expect(t, 2, "customresourcedefinition/"+storesCRD, "--yes")
	gone(t, client, "namespaces", "", "external-secrets")
	r := s.run(t, s.install("--take-ownership", "--yes", "-o", "json")...)
	if r.expect(t, 0); t.Failed() {
		return
	}
	doc := r.document(t)
	if list, _ := doc["adopted"].([]any); doc["outcome"] != "created" || doc["waited"] != true || len(list) < 10 {
		t.Errorf("the document says %v", doc)
	}
	crd, err := client.Resource(resources["customresourcedefinitions"]).Get(t.Context(), storesCRD, metav1.GetOptions{})
	if err != nil || crd.GetAnnotations()["helm.sh/resource-policy"] != "keep" || crd.GetAnnotations()["meta.helm.sh/release-name"] != "external-secrets" {
		t.Errorf("the definition has the annotations %v, %v", crd.GetAnnotations(), err)
	}
}

func asInstalled(t *testing.T, s *sandbox) {
	s.run(t, s.install()...).expect(t, 0, "release/external-secrets unchanged")
	s.run(t, s.install("--set", "replicaCount=2")...).expect(t, 1, "EI266", "replicaCount", "kubectl eso-infisical upgrade")
	s.run(t, "install", "--version", "9.9.9").expect(t, 1, "EI266", "not 9.9.9", "upgrade --version 9.9.9")
	s.run(t, "install", "--chart", "charts/x.tgz").expect(t, 2, "begins with ./")
	s.run(t, "install", "--chart-digest", "abc").expect(t, 2, "sha256:")
}

// definitions are the custom resource definitions of the sandbox's chart.
func (s *sandbox) definitions(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	render := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	render.ReleaseName, render.Namespace, render.DryRun, render.ClientOnly = "external-secrets", "external-secrets", true, true
	made, err := render.Run(s.loadChart(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	var crds []*unstructured.Unstructured
	for _, document := range strings.Split(made.Manifest, "\n---\n") {
		if !strings.Contains(document, "\nkind: CustomResourceDefinition\n") {
			continue
		}
		var fields map[string]any
		if err := yaml.Unmarshal([]byte(document), &fields); err != nil {
			t.Fatal(err)
		}
		crds = append(crds, &unstructured.Unstructured{Object: fields})
	}
	return crds
}
