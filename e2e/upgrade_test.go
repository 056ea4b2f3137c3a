//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// TestUpgrade goes from the older chart to the newer one with 200 ExternalSecrets, by way of all that can go wrong.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	s := start(t, "upgrade")
	s.run(t, s.upgrade("--yes")...).expect(t, 1, "EI280", "kubectl eso-infisical install")
	s.installOlder(t, 200)
	before := s.appSecrets(t)
	for _, step := range []struct {
		name string
		test func(*testing.T, *sandbox)
	}{
		{"a plan changes nothing", planChangesNothing},
		{"too few rights", upgradeWithTooFewRights},
		{"an image that does not exist", upgradeToNoImage},
		{"objects stored in an old version", upgradeForReal},
		{"the second run changes nothing", upgradeAgain},
		{"a downgrade", downgrade},
	} {
		t.Run(step.name, func(t *testing.T) { step.test(t, s) })
	}
	if diff := cmp.Diff(before, s.appSecrets(t)); diff != "" {
		t.Errorf("after all of it, Secrets have changed:\n%s", diff)
	}
}

// upgrade is the command line of an upgrade to the newer chart.
func (s *sandbox) upgrade(more ...string) []string {
	return append([]string{"upgrade", "--repo", s.ChartRepo, "--version", s.ChartVersion, "--no-backup"}, more...)
}

func planChangesNothing(t *testing.T, s *sandbox) {
	before := s.upgradable(t)
	r := s.run(t, s.upgrade("--plan")...)
	r.expect(t, 0, "0.20.4 → 1.3.2", "extraEnv[0].value (not shown)", `helm\.sh/resource-policy: keep`, "23 of them, all, lose nothing; 201 objects in all",
		"ClusterSecretStore infisical, by syncing ExternalSecret apps/app-", "way back: revision 1")
	if strings.Contains(r.out, s.Infisical.CAFile) {
		t.Error("a variable's value is shown")
	}
	var doc struct {
		APIVersion, Kind, From, To string
		WayBack                    int
		CustomResourceDefinitions  []struct {
			Name    string
			Objects int
		}
	}
	if err := json.Unmarshal([]byte(s.mustRun(t, s.upgrade("--plan", "-o", "json")...).out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.APIVersion != "eso-infisical.dev/v1alpha1" || doc.Kind != "UpgradePlan" || doc.From != "0.20.4" || doc.To != "1.3.2" || doc.WayBack != 1 {
		t.Errorf("document %+v", doc)
	}
	for _, d := range doc.CustomResourceDefinitions {
		if d.Name == "externalsecrets.external-secrets.io" && d.Objects != 200 {
			t.Errorf("%d ExternalSecrets are counted", d.Objects)
		}
	}
	s.run(t, s.upgrade()...).expect(t, 2, "There is no terminal to ask on", "Nothing has been changed")
	if diff := cmp.Diff(before, s.upgradable(t)); diff != "" {
		t.Errorf("a plan has changed something:\n%s", diff)
	}
}

// upgradable is the version of all that an upgrade could change.
func (s *sandbox) upgradable(t *testing.T) map[string]string {
	t.Helper()
	seen := versions(t, s.client(t))
	for _, resource := range []string{"customresourcedefinitions", "clusterroles", "configmaps"} {
		list, err := s.client(t).Resource(resources[resource]).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, obj := range list.Items {
			seen[resource+"/"+obj.GetNamespace()+"/"+obj.GetName()] = obj.GetResourceVersion()
		}
	}
	return seen
}

// upgradeWithTooFewRights runs as somebody who may read everything and change nothing.
func upgradeWithTooFewRights(t *testing.T, s *sandbox) {
	object := func(kind, name string, fields map[string]any) *unstructured.Unstructured {
		fields["apiVersion"], fields["kind"], fields["metadata"] = "rbac.authorization.k8s.io/v1", kind, map[string]any{"name": name}
		return &unstructured.Unstructured{Object: fields}
	}
	s.create(t, "clusterroles", "", object("ClusterRole", "reader", map[string]any{"rules": []any{map[string]any{
		"apiGroups": []any{"*"}, "resources": []any{"*"}, "verbs": []any{"get", "list", "watch"}}}}))
	s.create(t, "clusterrolebindings", "", object("ClusterRoleBinding", "reader", map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}}}))
	before := s.upgradable(t)
	r := s.run(t, s.upgrade("--yes", "--as", "reader")...)
	r.expect(t, 3, "these rights are missing", "patch customresourcedefinitions.apiextensions.k8s.io", "update secrets in namespace external-secrets",
		"patch deployments.apps external-secrets-webhook in namespace external-secrets", "patch clustersecretstores.external-secrets.io",
		"patch externalsecrets.external-secrets.io in namespace apps", "Nothing has been changed")
	if diff := cmp.Diff(before, s.upgradable(t)); diff != "" {
		t.Errorf("something has changed:\n%s", diff)
	}
	var doc struct{ Kind string }
	r = s.run(t, s.upgrade("--yes", "--as", "nobody", "-o", "json")...)
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil || doc.Kind != "UpgradeResult" || r.code != 3 {
		t.Errorf("without any right: %v, %v", err, r)
	}
}

// upgradeToNoImage ends soon after the node has said that it cannot pull, and the revision before is back.
func upgradeToNoImage(t *testing.T, s *sandbox) {
	secrets := s.watchSecrets(t)
	began := time.Now()
	r := s.run(t, s.upgrade("--yes", "--set", "image.repository=registry.invalid/no-such-image")...)
	r.expect(t, 1, "EI284", "revision 1 is back in place", "ImagePull", "after the rollback: ClusterSecretStore infisical is ready")
	if strings.Contains(r.errOut, "time is up") {
		t.Errorf("it waited for its time to be up\n%v", r)
	}
	t.Logf("failed and rolled back in %s", time.Since(began).Round(time.Second))
	secrets.nothing(t, s)
	gone(t, s.client(t), "configmaps", "external-secrets", "eso-infisical-upgrade")
	if got := s.syncedApps(t); got != 200 {
		t.Errorf("%d of 200 ExternalSecrets are synced", got)
	}
}

// upgradeForReal starts with objects that are stored in the version which is no longer served.
func upgradeForReal(t *testing.T, s *sandbox) {
	s.storeAsV1Beta1(t)
	secrets := s.watchSecrets(t)
	file := s.backupFile(t)
	args := []string{"upgrade", "--repo", s.ChartRepo, "--version", s.ChartVersion, "--yes", "--backup-file", file, "-o", "json"}
	r := s.mustRun(t, args...)
	var doc struct {
		Outcome, Backup string
		BackedUp        int
		Migrated        []struct {
			Definition string
			Objects    int
		}
		Stores []struct{ Ready, Synced bool }
	}
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Outcome != "upgraded" || doc.BackedUp < 201 || len(doc.Migrated) != 1 || doc.Migrated[0].Objects != 200 ||
		len(doc.Stores) != 1 || !doc.Stores[0].Ready || !doc.Stores[0].Synced {
		t.Errorf("document %+v\n%v", doc, r)
	}
	if got := s.storedVersions(t); len(got) != 1 || got[0] != "v1" {
		t.Errorf("stored versions %v", got)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("backup: %v, %v", info, err)
	}
	text := readFile(t, file)
	s.searched(t, result{out: text}, "the backup")
	if n := strings.Count(text, "\nkind: ExternalSecret\n"); n != 200 || strings.Contains(text, "resourceVersion") {
		t.Errorf("the backup holds %d ExternalSecrets", n)
	}
	secrets.nothing(t, s)
	if got := s.syncedApps(t); got != 200 {
		t.Errorf("%d of 200 ExternalSecrets are synced", got)
	}
}

func upgradeAgain(t *testing.T, s *sandbox) {
	before := s.upgradable(t)
	s.run(t, s.upgrade("--yes")...).expect(t, 0, "unchanged: 1.3.2 is installed")
	if diff := cmp.Diff(before, s.upgradable(t)); diff != "" {
		t.Errorf("objects have changed:\n%s", diff)
	}
}

// downgrade is refused, and what it would cost is named: the older definitions know no CA.
func downgrade(t *testing.T, s *sandbox) {
	patch := []byte(`{"spec":{"provider":{"infisical":{"caProvider":{"type":"ConfigMap","name":"infisical-ca","namespace":"external-secrets","key":"ca.crt"}}}}}`)
	_, err := s.client(t).Resource(resources["clustersecretstores"]).Patch(t.Context(), "infisical", types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"upgrade", "--repo", s.ChartRepo, "--version", s.OlderChartVersion, "--no-backup"}
	s.run(t, append(args, "--yes")...).expect(t, 1, "EI281", "--allow-downgrade")
	s.run(t, append(args, "--plan", "--allow-downgrade")...).expect(t, 0, "1.3.2 → 0.20.4",
		"1 objects use spec.provider.infisical.caProvider, which 0.20.4 does not know: it is pruned")
}
