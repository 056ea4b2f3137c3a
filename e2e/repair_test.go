//go:build e2e

package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var webhookConfigurations = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}

// TestRepair breaks an installation in the ways that an ordinary install cannot mend.
func TestRepair(t *testing.T) {
	t.Parallel()
	s := start(t, "repair")
	s.run(t, append([]string{"install", "--repair"}, s.chart()...)...).expect(t, 0, "nothing is broken", "release/external-secrets created")
	s.mustRun(t, s.up()...)
	s.openShop(t)
	t.Run("webhook configuration without a service", func(t *testing.T) { repairsLeftWebhook(t, s) })
	t.Run("stale caBundle", func(t *testing.T) { repairsStaleTrust(t, s) })
	t.Run("stuck pending release", func(t *testing.T) { repairsPending(t, s) })
	t.Run("half-deleted definition", func(t *testing.T) { repairsDefinition(t, s) })
}

func (s *sandbox) repair(more ...string) []string {
	return append(append([]string{"install", "--repair"}, s.chart()...), more...)
}

func repairsLeftWebhook(t *testing.T, s *sandbox) {
	s.applyYAML(t, `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: left-over, labels: {app.kubernetes.io/instance: older}}
webhooks:
- name: validate.clustersecretstore.external-secrets.io
  rules: [{apiGroups: [external-secrets.io], apiVersions: [v1], operations: [CREATE, UPDATE, DELETE], resources: [clustersecretstores]}]
  clientConfig: {service: {namespace: gone, name: external-secrets-webhook, path: /x}}
  admissionReviewVersions: [v1]
  sideEffects: None`)
	s.waitUntil(t, "it stands in the way", func() bool { return s.run(t, "apply-store").code != 0 || s.run(t, "doctor").code != 0 })
	s.run(t, s.repair("--dry-run=server")...).expect(t, 0, "validatingwebhookconfiguration/left-over", "EI222", "another release, older in namespace gone")
	s.run(t, s.repair()...).expect(t, 2, "answer with --yes")
	term := s.onTerminal(t, s.repair()...)
	term.shown.await(t, "[y/N]")
	term.answer(t, "n", "nothing has been changed").expect(t, 1, "not confirmed")
	s.applyYAML(t, `
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}, rules: [{apiGroups: ["*"], resources: ["*"], verbs: [get, list, watch]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: reader}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: reader}]}`)
	s.run(t, s.repair("--yes", "--as", "reader")...).expect(t, 3, "these rights are missing",
		"delete validatingwebhookconfigurations.admissionregistration.k8s.io left-over", "Nothing has been changed.")
	s.run(t, s.repair("--yes")...).expect(t, 0, "validatingwebhookconfiguration/left-over mended", "release/external-secrets unchanged")
	if names := strings.Join(s.names(t, webhookConfigurations), " "); strings.Contains(names, "left-over") || !strings.Contains(names, "secretstore-validate") {
		t.Errorf("there are %s", names)
	}
}

func repairsStaleTrust(t *testing.T, s *sandbox) {
	// ESO's cert-controller would mend it by itself.
	s.scale(t, "external-secrets-cert-controller", 0)
	api := s.client(t).Resource(webhookConfigurations)
	stale := base64.StdEncoding.EncodeToString([]byte(readWhole(t, s.Infisical.CAFile)))
	patch := `[{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":"` + stale + `"},{"op":"replace","path":"/webhooks/1/clientConfig/caBundle","value":"` + stale + `"}]`
	if _, err := api.Patch(t.Context(), "secretstore-validate", "application/json-patch+json", []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	r := s.run(t, s.repair("--dry-run=server", "-o", "json")...)
	r.expect(t, 0, "RepairPlan", "EI223", "EI247", "cert-controller (told to run no pod)")
	s.run(t, s.repair("--yes")...).expect(t, 0, "secretstore-validate mended")
	s.mustRun(t, "apply-store") // through the webhook
}

// readWhole returns a file as it is.
func readWhole(t *testing.T, name string) string {
	t.Helper()
	return read(t, name) + "\n"
}

func repairsPending(t *testing.T, s *sandbox) {
	deployed := s.lastRevision(t)
	s.pendingUpgrade(t, deployed, time.Now().Add(-time.Second))
	s.run(t, s.repair("--yes")...).expect(t, 1, "EI203", "a run may still be working on it")
	if err := s.client(t).Resource(resources["secrets"]).Namespace("external-secrets").Delete(t.Context(), nextName(deployed), metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	s.pendingUpgrade(t, deployed, time.Now().Add(-time.Hour))
	before := s.secretPrints(t, shopSecrets...)
	s.run(t, s.repair("--dry-run=server")...).expect(t, 0, "pending-upgrade", "EI203", "another program's")
	s.run(t, s.repair("--yes")...).expect(t, 0, "release/external-secrets mended", "release/external-secrets unchanged")
	s.run(t, append([]string{"install"}, s.chart()...)...).expect(t, 0, "release/external-secrets unchanged")
	if diff := cmp.Diff(before, s.secretPrints(t, shopSecrets...)); diff != "" {
		t.Errorf("Secrets have changed:\n%s", diff)
	}
}

// lastRevision is the Secret of the release's last revision.
func (s *sandbox) lastRevision(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	list, err := s.client(t).Resource(resources["secrets"]).Namespace("external-secrets").List(t.Context(), metav1.ListOptions{LabelSelector: "owner=helm,status=deployed"})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("%d revisions are deployed, %v", len(list.Items), err)
	}
	return &list.Items[0]
}

func nextName(revision *unstructured.Unstructured) string { return revision.GetName() + "0" }

// pendingUpgrade makes a revision after the deployed one, as Helm leaves it when it is killed during an upgrade.
func (s *sandbox) pendingUpgrade(t *testing.T, deployed *unstructured.Unstructured, since time.Time) {
	t.Helper()
	obj := deployed.DeepCopy()
	encoded, _, _ := unstructured.NestedString(obj.Object, "data", "release")
	release := unpackRelease(t, encoded)
	version := release["version"].(float64) * 10
	release["version"] = version
	info := release["info"].(map[string]any)
	info["status"], info["last_deployed"] = "pending-upgrade", since.Format(time.RFC3339Nano)
	obj.Object["metadata"] = map[string]any{"name": nextName(obj), "namespace": "external-secrets", "labels": map[string]any{
		"owner": "helm", "name": "external-secrets", "status": "pending-upgrade", "version": strings.TrimPrefix(nextName(deployed), "sh.helm.release.v1.external-secrets.v")}}
	obj.Object["data"] = map[string]any{"release": packRelease(t, release)}
	if _, err := s.client(t).Resource(resources["secrets"]).Namespace("external-secrets").Create(t.Context(), obj, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// unpackRelease reads a release as Helm writes it: JSON, gzip, base64, and the API's base64 around it.
func unpackRelease(t *testing.T, encoded string) map[string]any {
	t.Helper()
	outer, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := base64.StdEncoding.DecodeString(string(outer))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := gzip.NewReader(bytes.NewReader(inner))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	var release map[string]any
	if err := json.Unmarshal(data, &release); err != nil {
		t.Fatal(err)
	}
	return release
}

func packRelease(t *testing.T, release map[string]any) string {
	t.Helper()
	data, err := json.Marshal(release)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(packed.Bytes())))
}

// repairsDefinition deletes a definition while no controller runs, so that its objects hold it for ever.
func repairsDefinition(t *testing.T, s *sandbox) {
	s.scale(t, "external-secrets", 0)
	definitions := s.client(t).Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	old, err := definitions.Get(t.Context(), "externalsecrets.external-secrets.io", metav1.GetOptions{})
	if err == nil {
		err = definitions.Delete(t.Context(), old.GetName(), metav1.DeleteOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	before := s.secretPrints(t, shopSecrets...)
	s.run(t, s.repair("--dry-run=server")...).expect(t, 0, "customresourcedefinition/externalsecrets.external-secrets.io", "EI257",
		"ExternalSecret shop/db (externalsecrets.external-secrets.io/externalsecret-cleanup)", "risk:")
	s.run(t, s.repair("--yes")...).expect(t, 0, "customresourcedefinition/externalsecrets.external-secrets.io mended", "release/external-secrets mended")
	renewed, err := definitions.Get(t.Context(), old.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && renewed.GetUID() == old.GetUID() {
		t.Errorf("the definition was not made again: %v", err)
	}
	if diff := cmp.Diff(before, s.secretPrints(t, shopSecrets...)); diff != "" {
		t.Errorf("Secrets have changed:\n%s", diff)
	}
	s.mustRun(t, "test", "--key", s.Infisical.Key)
}
