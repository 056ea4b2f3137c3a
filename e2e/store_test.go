//go:build e2e

package e2e

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// TestStore goes from mistyped places to a store that only some may use, and to secrets that are proved or not.
func TestStore(t *testing.T) {
	t.Parallel()
	s := start(t, "store")
	s.mustRun(t, append([]string{"install"}, s.chart()...)...)
	t.Run("the webhook's race", func(t *testing.T) { webhookRace(t, s) })
	s.mustRun(t, s.bootstrap()...)
	s.mustRun(t, append([]string{"apply-ca"}, s.ca()...)...)
	t.Run("a place that does not exist", func(t *testing.T) { wrongPlaces(t, s) })
	t.Run("dry runs and differences", func(t *testing.T) { dryRuns(t, s) })
	if t.Failed() {
		t.FailNow()
	}
	t.Run("rights", func(t *testing.T) { withoutRights(t, s) })
	t.Run("an older CRD", func(t *testing.T) { olderCRD(t, s) })
	t.Run("a store that others keep", func(t *testing.T) { keptByOthers(t, s) })
	t.Run("limits", func(t *testing.T) { limits(t, s) })
	t.Run("a SecretStore", func(t *testing.T) { namespacedStore(t, s) })
	t.Run("proofs", func(t *testing.T) { proofs(t, s) })
	t.Run("cleanup", func(t *testing.T) { cleanups(t, s) })
	t.Run("a failure is told at once", func(t *testing.T) { toldAtOnce(t, s) })
}

func (s *sandbox) applyStore(more ...string) []string {
	return append(append([]string{"apply-store"}, s.project()...), more...)
}

func stores(t *testing.T, s *sandbox) dynamic.ResourceInterface {
	return s.client(t).Resource(resources["clustersecretstores"])
}

// patch changes an object by a JSON merge patch, as kubectl patch does.
func patch(t *testing.T, api dynamic.ResourceInterface, name, change string) {
	t.Helper()
	if _, err := api.Patch(t.Context(), name, types.MergePatchType, []byte(change), metav1.PatchOptions{FieldManager: "kubectl-patch"}); err != nil {
		t.Fatal(err)
	}
}

// webhookRace applies a store while the webhook has no pod yet: that is waited for, and told. One that is to run no pod is not waited for.
func webhookRace(t *testing.T, s *sandbox) {
	s.mustRun(t, s.bootstrap()...)
	s.mustRun(t, append([]string{"apply-ca"}, s.ca()...)...)
	deployments := s.client(t).Resource(resources["deployments"]).Namespace("external-secrets")
	s.control(t, "fault", "webhook-down")
	s.run(t, s.applyStore()...).expect(t, 1, "EI221")
	patch(t, deployments, "external-secrets-webhook", `{"spec": {"replicas": 1}}`)
	s.run(t, s.applyStore()...).expect(t, 0, "waiting for ESO's webhook to answer", storeName+" created: ready")
	s.control(t, "heal", "webhook-down")
	if err := stores(t, s).Delete(t.Context(), storeName, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

// wrongPlaces are named with what is meant, at the cost of one login, and nothing is written.
func wrongPlaces(t *testing.T, s *sandbox) {
	id := read(t, s.Infisical.ClientIDFile)
	host := []string{"apply-store", "--host", s.Infisical.URL}
	cost := s.during(t, id, func() {
		s.run(t, append(host, "--project", "archon-plattform")...).expect(t, 1, "EI601", "the project archon-platform?")
		s.run(t, append(host, "--project", "archon-platform", "--environment", "production")...).expect(t, 1, "EI604", "the environment prod")
		s.run(t, append(host, "--project", "archon-platform", "--path", "/nowhere")...).expect(t, 1, "EI607", "no folder nowhere")
		s.run(t, append(host, "--project", "archon-platform", "--environment", "production", "-o", "json")...).
			expect(t, 1, `"kind": "StoreResult"`, `"code": "EI604"`)
	})
	if cost.Attempts != 4 || cost.Failures != 0 {
		t.Errorf("4 runs cost %v", cost)
	}
	list, err := stores(t, s).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("there are %d stores, %v", len(list.Items), err)
	}
	for _, args := range [][]string{{"--kind", "SecretStore"}, {"--kind", "Store"}, {"--kind", "ClusterSecretStore", "--store-namespace", "n"},
		{"--allow-namespace", "A B"}, {"--allow-namespace", "a", "--allow-all-namespaces"}, {"--allow-namespace-selector", "a in"}, {"--dry-run", "maybe"}} {
		s.run(t, append(host, append([]string{"--project", "p"}, args...)...)...).expect(t, 2)
	}
}

func dryRuns(t *testing.T, s *sandbox) {
	id := read(t, s.Infisical.ClientIDFile)
	s.run(t, s.applyStore("--dry-run=server")...).expect(t, 0, "created (server dry run)", "+      hostAPI: "+s.Infisical.URL)
	cost := s.during(t, id, func() { s.run(t, s.applyStore("--dry-run=client")...).expect(t, 0, "created (dry run)") })
	if cost.Attempts != 0 {
		t.Errorf("a dry run that asks nobody costs %v", cost)
	}
	gone(t, s.client(t), "clustersecretstores", "", storeName)
	s.run(t, s.applyStore("-o", "yaml")...).expect(t, 0, "kind: StoreResult", "outcome: created", "placeChecked: true", "openToAllNamespaces: true")
	s.run(t, "apply-store").expect(t, 0, "unchanged: ready", "every namespace may use")
	admin := administer(t, s)
	admin.folder(t, "app")
	admin.secret(t, "/app", "APP_KEY", "value-of-app-key")
	before := versions(t, s.client(t))
	s.run(t, "apply-store", "--path", "/app", "--diff").expect(t, 0, "-        secretsPath: /\n+        secretsPath: /app", "changed (server dry run)")
	if !maps.Equal(before, versions(t, s.client(t))) {
		t.Error("--diff has changed something")
	}
	r := s.run(t, "apply-store", "--path", "/app", "--recursive", "--expand-references=false")
	r.expect(t, 0, "changed: ready", "+        recursive: true")
	if strings.Contains(r.out, "+") {
		t.Errorf("the difference is in the result: %s", r.out)
	}
	s.run(t, "apply-store", "--path", "/App").expect(t, 1, "EI607", "there is app")
	s.run(t, "apply-store", "--path", "/", "--recursive=false", "--expand-references").expect(t, 0, "changed: ready")
}

// withoutRights runs as somebody who may read stores, but not write them.
func withoutRights(t *testing.T, s *sandbox) {
	role := `{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "%"}, "rules": [%%]}`
	bind := `{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "%"},
		"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "%"}, "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "%"}]}`
	as := func(user, rules string) {
		create(t, s.client(t), "clusterroles", "", strings.Replace(strings.Replace(role, "%%", rules, 1), "%", user, 1))
		create(t, s.client(t), "clusterrolebindings", "", strings.ReplaceAll(bind, "%", user))
	}
	as("reader", `{"apiGroups": ["external-secrets.io"], "resources": ["clustersecretstores"], "verbs": ["get", "list"]}, {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]}`)
	s.run(t, "apply-store", "--as", "reader").expect(t, 3, "these rights are missing", "patch clustersecretstores.external-secrets.io "+storeName, "Nothing has been changed")
	s.run(t, "test", "--key", s.Infisical.Key, "--as", "reader").expect(t, 3, "create externalsecrets.external-secrets.io in namespace eso-test", "create namespaces")
	gone(t, s.client(t), "namespaces", "", "eso-test")
	// Who may not read Secrets and CRDs can still write a store, and is told what could not be looked at.
	as("writer", `{"apiGroups": ["external-secrets.io"], "resources": ["clustersecretstores"], "verbs": ["*"]}, {"apiGroups": [""], "resources": ["configmaps", "events"], "verbs": ["get", "list", "watch"]}`)
	s.run(t, "apply-store", "--as", "writer").expect(t, 0, "not checked", "ready")
}

// olderCRD takes from the CRD what ESO before 1.2.1 does not have.
func olderCRD(t *testing.T, s *sandbox) {
	s.run(t, "apply-store", "--organization", "acme").expect(t, 1, "EI705", "organizationSlug", "2.7.0")
	const name = "clustersecretstores.external-secrets.io"
	crds := s.client(t).Resource(resources["customresourcedefinitions"])
	whole, err := crds.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	old := whole.DeepCopy()
	kinds, _, _ := unstructured.NestedSlice(old.Object, "spec", "versions")
	for _, v := range kinds {
		infisical := v.(map[string]any)
		for _, field := range []string{"schema", "openAPIV3Schema", "properties", "spec", "properties", "provider", "properties", "infisical", "properties"} {
			infisical, _ = infisical[field].(map[string]any)
		}
		delete(infisical, "caProvider")
		delete(infisical, "caBundle")
	}
	old.Object["spec"].(map[string]any)["versions"] = kinds
	replace := func(crd *unstructured.Unstructured) {
		held, err := crds.Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		crd.SetResourceVersion(held.GetResourceVersion())
		if _, err := crds.Update(t.Context(), crd, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	// With a CRD like that the API server drops the CA of any store that is written, also when ESO writes its status.
	if err := stores(t, s).Delete(t.Context(), storeName, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	replace(old)
	defer func() {
		replace(whole)
		await(t, "the CRD is whole again", func() bool { return s.run(t, s.applyStore("--dry-run=server")...).code == 0 })
		s.run(t, s.applyStore()...).expect(t, 0, "created: ready")
	}()
	wayOut := []string{"EI705", "caProvider, which came with ESO 1.2.1", "upgrade", "SSL_CERT_DIR"}
	s.run(t, s.applyStore("--store", "old")...).expect(t, 1, wayOut...)
	// Who may not read the CRD finds it out by a dry run.
	s.run(t, s.applyStore("--store", "old", "--as", "writer-without-crds", "--as-group", "storewriters")...).expect(t, 3)
	create(t, s.client(t), "clusterroles", "", `{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "storewriters"}, "rules": [
		{"apiGroups": ["external-secrets.io"], "resources": ["*"], "verbs": ["*"]}, {"apiGroups": [""], "resources": ["configmaps", "secrets"], "verbs": ["get"]}]}`)
	create(t, s.client(t), "clusterrolebindings", "", `{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "storewriters"},
		"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "storewriters"},
		"subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "storewriters"}]}`)
	// The API server takes a changed CRD a moment later.
	await(t, "the API server knows the CRD", func() bool {
		return s.run(t, s.applyStore("--store", "old", "--dry-run=server", "--as", "writer-without-crds", "--as-group", "storewriters")...).code == 1
	})
	s.run(t, s.applyStore("--store", "old", "--as", "writer-without-crds", "--as-group", "storewriters")...).expect(t, 1, wayOut...)
	gone(t, s.client(t), "clustersecretstores", "", "old")
	s.run(t, s.applyStore("--store", "old", "--no-ca", "--dry-run=server")...).expect(t, 0, "created (server dry run)")
}

// await waits until what is asked is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to be: %s", what)
		}
	}
}

// keptByOthers does not fight over a store of Argo CD or Flux.
func keptByOthers(t *testing.T, s *sandbox) {
	for tool, mark := range map[string]string{
		"Argo CD": `{"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "infra:x"}}}`,
		"Flux":    `{"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "infra"}}}`,
	} {
		patch(t, stores(t, s), storeName, mark)
		s.run(t, "apply-store", "--environment", "dev", "--force-conflicts").expect(t, 1, "EI706", tool, "environmentSlug")
		s.run(t, "apply-store", "--environment", "dev", "--diff").expect(t, 0, "+        environmentSlug: dev", tool)
		s.run(t, "apply-store").expect(t, 0, "unchanged: ready")
		patch(t, stores(t, s), storeName, `{"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": null}, "labels": {"kustomize.toolkit.fluxcd.io/name": null}}}`)
	}
	held, err := stores(t, s).Get(t.Context(), storeName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if environment, _, _ := unstructured.NestedString(held.Object, "spec", "provider", "infisical", "secretsScope", "environmentSlug"); environment != "prod" {
		t.Errorf("the environment is %s now", environment)
	}
}

// limits are kept by ESO, survive other changes, and can be taken back.
func limits(t *testing.T, s *sandbox) {
	create(t, s.client(t), "namespaces", "", `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a"}}`)
	create(t, s.client(t), "namespaces", "", `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-b", "labels": {"secrets": "infisical"}}}`)
	key := []string{"test", "--key", s.Infisical.Key}
	r := s.run(t, "apply-store", "--allow-namespace", "team-a", "--allow-namespace-selector", "secrets in (infisical)")
	r.expect(t, 0, "changed: ready", "+  conditions:")
	if strings.Contains(r.errOut, "every namespace may use") {
		t.Errorf("it is called open: %v", r)
	}
	s.run(t, key...).expect(t, 1, "EI803", "eso-test", "--test-namespace NAME")
	gone(t, s.client(t), "externalsecrets", "eso-test", "test-dashscope-api-key")
	s.run(t, append(key, "--test-namespace", "team-a")...).expect(t, 0, "keyed hashes are equal")
	s.run(t, append(key, "--test-namespace", "team-b")...).expect(t, 0, "keyed hashes are equal")
	for _, name := range []string{"team-a", "team-b"} {
		if _, err := s.client(t).Resource(resources["namespaces"]).Get(t.Context(), name, metav1.GetOptions{}); err != nil {
			t.Errorf("a namespace of others is gone: %v", err)
		}
		gone(t, s.client(t), "externalsecrets", name, "test-dashscope-api-key")
	}
	s.run(t, "apply-store", "--path", "/app").expect(t, 0, "changed: ready")
	s.run(t, key...).expect(t, 1, "EI803")
	s.run(t, "apply-store", "--path", "/", "--allow-all-namespaces").expect(t, 0, "changed: ready", "every namespace may use")
	s.run(t, key...).expect(t, 0, "keyed hashes are equal")
}

// namespacedStore is one whose references have no namespace.
func namespacedStore(t *testing.T, s *sandbox) {
	create(t, s.client(t), "namespaces", "", `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-c"}}`)
	in := []string{"--store-namespace", "team-c"}
	s.run(t, s.applyStore(append(in, "--kind", "SecretStore")...)...).expect(t, 1, "EI301", "bootstrap --store-namespace team-c")
	s.run(t, s.bootstrap(in...)...).expect(t, 0, "secret/infisical-eso-creds created")
	s.run(t, append(append([]string{"apply-ca"}, s.ca()...), in...)...).expect(t, 0, "configmap/infisical-ca created")
	s.run(t, s.applyStore(append(in, "--kind", "SecretStore")...)...).expect(t, 0, "secretstore/"+storeName+" created: ready")
	s.run(t, append([]string{"apply-store"}, in...)...).expect(t, 0, "secretstore/"+storeName+" unchanged: ready")
	s.run(t, append([]string{"test", "--key", s.Infisical.Key}, in...)...).expect(t, 0, "keyed hashes are equal")
	gone(t, s.client(t), "externalsecrets", "team-c", "test-dashscope-api-key")
	s.run(t, append([]string{"apply-store", "--environment", "production"}, in...)...).expect(t, 1, "EI604")
}

// toldAtOnce measures how long after ESO's event the run ends.
func toldAtOnce(t *testing.T, s *sandbox) {
	s.mustRun(t, "bootstrap", "--verify=none", "--client-id-file", s.Infisical.ClientIDFile, "--client-secret-file", wrongSecret(t))
	s.run(t, s.applyStore("--store", "refused", "--verify=none")...).expect(t, 1, "EI31", "kubectl delete clustersecretstore refused")
	end := time.Now()
	events, err := s.client(t).Resource(resources["events"]).Namespace("default").List(t.Context(), metav1.ListOptions{FieldSelector: "involvedObject.name=refused"})
	if err != nil || len(events.Items) == 0 {
		t.Fatalf("%d events, %v", len(events.Items), err)
	}
	var first []string
	for _, e := range events.Items {
		at, _, _ := unstructured.NestedString(e.Object, "firstTimestamp")
		first = append(first, at)
	}
	told, err := time.Parse(time.RFC3339, slices.Min(first))
	if err != nil {
		t.Fatal(err)
	}
	// The event's time is rounded down to a second.
	if late := end.Sub(told); late > 3*time.Second {
		t.Errorf("the run has ended %s after ESO's event", late)
	}
	// ESO has been refused with this pair, so that nobody needs to try it once more.
	s.run(t, "apply-store", "--store", "refused", "--dry-run=server").expect(t, 0, "there is no login from here")
	// Several stores are named, with the one that was made in vain.
	s.run(t, "test", "--key", s.Infisical.Key).expect(t, 2, "infisical-archon-platform", "refused (not ready; if it was made by mistake: kubectl delete clustersecretstore refused)", "--store")
	if err := stores(t, s).Delete(t.Context(), "refused", metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
}

// folder makes a folder in the root of prod.
func (a *administrator) folder(t *testing.T, name string) {
	t.Helper()
	var out map[string]any
	a.call(t, http.MethodPost, "/api/v1/folders", map[string]any{"workspaceId": a.project(t), "environment": "prod", "name": name, "path": "/"}, &out)
}

// secret makes a secret in prod.
func (a *administrator) secret(t *testing.T, path, key, value string) {
	t.Helper()
	var out map[string]any
	a.call(t, http.MethodPost, "/api/v3/secrets/raw/"+key, map[string]any{"workspaceId": a.project(t), "environment": "prod", "secretPath": path, "secretValue": value, "type": "shared"}, &out)
}

func (a *administrator) project(t *testing.T) string {
	t.Helper()
	var out struct{ ID string }
	a.call(t, http.MethodGet, "/api/v2/workspace/"+a.s.Infisical.ProjectSlug, nil, &out)
	return out.ID
}
