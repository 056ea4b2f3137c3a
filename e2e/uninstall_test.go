//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestUninstall removes ESO twice: first with all that must stay, then with all that may go.
func TestUninstall(t *testing.T) {
	t.Parallel()
	s := start(t, "uninstall")
	byHand(t, s)
	s.mustRun(t, s.up()...)
	s.openShop(t)
	s.mustRun(t, "cleanup") // the namespace of up's test is on its way out
	t.Run("a dry run changes nothing", func(t *testing.T) { dryRunOfUninstall(t, s) })
	t.Run("missing rights", func(t *testing.T) { uninstallWithoutRights(t, s) })
	t.Run("another installation", func(t *testing.T) { uninstallBesideOthers(t, s) })
	t.Run("without its controller", func(t *testing.T) { uninstallWithoutController(t, s) })
	t.Run("with its Secrets kept", func(t *testing.T) { uninstallKeepingSecrets(t, s) })
	if t.Failed() {
		t.FailNow()
	}
	closeShop(t, s)
	s.mustRun(t, s.up()...)
	s.openShop(t)
	t.Run("with all that may go", func(t *testing.T) { uninstallAll(t, s) })
}

// byHand makes what a user may have made before: the namespace, and the Secret with the credentials.
func byHand(t *testing.T, s *sandbox) {
	t.Helper()
	s.applyYAML(t, "{apiVersion: v1, kind: Namespace, metadata: {name: external-secrets}}")
	secret := map[string]any{"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": map[string]any{"name": "infisical-eso-creds", "namespace": "external-secrets"},
		"stringData": map[string]any{"clientId": read(t, s.Infisical.ClientIDFile), "clientSecret": read(t, s.Infisical.ClientSecretFile)}}
	data, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	s.applyYAML(t, string(data))
}

func dryRunOfUninstall(t *testing.T, s *sandbox) {
	before := s.everything(t)
	r := s.run(t, "uninstall", "--dry-run")
	r.expect(t, 0, "Helm release external-secrets in namespace external-secrets", "4 ExternalSecrets in 2 namespaces (shop 3, web 1)",
		"shop/db-login, used by Pod/api (1 pod)", "shop/shared, used by Pod/api", "shop/queue, used by no pod",
		"secret/external-secrets/infisical-eso-creds stays: it was there before, made by ", "configmap/external-secrets/infisical-ca goes",
		"namespace/external-secrets stays: this program did not make it", "each stays, since --delete-crds was not given")
	var plan struct {
		Kind string
		Plan struct {
			Secrets []struct{ Namespace, Name, ExternalSecret, Fate string }
		}
	}
	r = s.mustRun(t, "uninstall", "--dry-run", "--keep-secrets", "-o", "json")
	if err := json.Unmarshal([]byte(r.out), &plan); err != nil || plan.Kind != "UninstallPlan" || len(plan.Plan.Secrets) != len(shopSecrets) {
		t.Errorf("%v: %+v", err, plan)
	}
	for _, secret := range plan.Plan.Secrets {
		if secret.Fate != "kept" || secret.ExternalSecret == "" {
			t.Errorf("with --keep-secrets: %+v", secret)
		}
	}
	s.run(t, "uninstall").expect(t, 2, "There is no terminal to ask on: answer with --yes", "Nothing has been changed")
	term := s.onTerminal(t, "uninstall")
	term.shown.await(t, "[y/N]")
	term.answer(t, "n", "nothing has been changed").expect(t, 1, "not confirmed")
	s.run(t, "uninstall", "--keep-secrets", "--ignore-unknown").expect(t, 2, "exclude each other")
	if diff := cmp.Diff(before, s.everything(t)); diff != "" {
		t.Errorf("objects have changed:\n%s", diff)
	}
}

func uninstallWithoutRights(t *testing.T, s *sandbox) {
	s.applyYAML(t, `
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}, rules: [{apiGroups: ["*"], resources: ["*"], verbs: [get, list, watch]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: reader}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: reader}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: podless}, rules: [{apiGroups: ["*"], resources: [secrets, configmaps, namespaces, serviceaccounts, deployments, customresourcedefinitions, validatingwebhookconfigurations, clusterrolebindings, externalsecrets, clusterexternalsecrets, clustersecretstores], verbs: [get, list, watch]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: podless}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: podless}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: podless}]}`)
	before := s.everything(t)
	s.run(t, "uninstall", "--yes", "--as", "reader").expect(t, 3, "these rights are missing", "delete externalsecrets.external-secrets.io",
		"delete deployments.apps in namespace external-secrets", "delete configmaps in namespace external-secrets", "Nothing has been changed")
	s.run(t, "uninstall", "--yes", "--as", "podless").expect(t, 3, "Unknown, since it may not be read", "pods that use the Secrets", "SecretStore objects", "--ignore-unknown")
	s.run(t, "uninstall", "--yes", "--as", "nobody").expect(t, 3, "not allowed")
	if diff := cmp.Diff(before, s.everything(t)); diff != "" {
		t.Errorf("objects have changed:\n%s", diff)
	}
}

func uninstallBesideOthers(t *testing.T, s *sandbox) {
	s.applyYAML(t, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: eso, namespace: web}, spec: {replicas: 0, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: "ghcr.io/external-secrets/external-secrets:v1.0.0"}]}}}}`)
	s.run(t, "uninstall", "--yes").expect(t, 1, "EI259", "deployment/web/eso")
	if err := s.client(t).Resource(resources["deployments"]).Namespace("web").Delete(t.Context(), "eso", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

func uninstallWithoutController(t *testing.T, s *sandbox) {
	s.scale(t, "external-secrets", 0)
	before := s.everything(t)
	s.run(t, "uninstall", "--yes").expect(t, 1, "EI202", "install --repair", "--force-finalizers")
	if diff := cmp.Diff(before, s.everything(t)); diff != "" {
		t.Errorf("objects have changed:\n%s", diff)
	}
	s.mustRun(t, append([]string{"install", "--repair", "--yes"}, s.chart()...)...).expect(t, 0, "release/external-secrets mended")
}

func uninstallKeepingSecrets(t *testing.T, s *sandbox) {
	secrets := append([]string{"external-secrets/infisical-eso-creds"}, shopSecrets...)
	before := s.secretPrints(t, secrets...)
	r := s.run(t, "uninstall", "--keep-secrets", "--yes")
	r.expect(t, 0, "release/external-secrets uninstalled", "kept: 4 Secrets that ESO has written", "shop/db-login, used by Pod/api",
		"kept: secret/external-secrets/infisical-eso-creds: it was there before")
	if diff := cmp.Diff(before, s.secretPrints(t, secrets...)); diff != "" || len(before) != len(secrets) {
		t.Errorf("Secrets have changed:\n%s", diff)
	}
	client := s.client(t)
	gone(t, client, "configmaps", "external-secrets", "infisical-ca")
	gone(t, client, "deployments", "external-secrets", "external-secrets")
	if left := s.names(t, resources["externalsecrets"]); len(left) > 0 {
		t.Errorf("ExternalSecrets are left: %v", left)
	}
	if n := len(s.esoDefinitions(t)); n == 0 {
		t.Error("the definitions are gone")
	}
	s.run(t, "uninstall", "--yes").expect(t, 0, "there is nothing to uninstall")
}

// closeShop removes what the first uninstall has left, so that the next install makes the namespace.
func closeShop(t *testing.T, s *sandbox) {
	t.Helper()
	for _, namespace := range []string{"shop", "web", "external-secrets"} {
		if err := s.client(t).Resource(resources["namespaces"]).Delete(t.Context(), namespace, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	s.waitUntil(t, "the namespaces are gone", func() bool {
		names := strings.Join(s.names(t, resources["namespaces"]), " ")
		return !strings.Contains(names, "shop") && !strings.Contains(names, "web") && !strings.Contains(names, "external-secrets")
	})
}

func uninstallAll(t *testing.T, s *sandbox) {
	s.applyYAML(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: theirs, namespace: external-secrets}}")
	s.run(t, "uninstall", "--dry-run").expect(t, 0, "namespace/external-secrets stays: others have put something into it: configmaps/theirs")
	if err := s.client(t).Resource(resources["configmaps"]).Namespace("external-secrets").Delete(t.Context(), "theirs", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	s.mustRun(t, "test", "--keep", "--key", s.Infisical.Key)
	r := s.run(t, "uninstall", "--delete-crds", "--yes", "-o", "yaml")
	r.expect(t, 0, "kind: UninstallResult", "done: true", "left: []")
	client := s.client(t)
	s.waitUntil(t, "Kubernetes has collected the Secrets", func() bool { return len(s.secretPrints(t, shopSecrets...)) == 0 })
	if left := s.esoDefinitions(t); len(left) > 0 {
		t.Errorf("definitions are left: %v", left)
	}
	gone(t, client, "namespaces", "", "external-secrets")
	gone(t, client, "namespaces", "", "eso-test")
	s.run(t, "uninstall", "--yes").expect(t, 0, "there is nothing to uninstall")
}
