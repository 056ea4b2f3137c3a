package upgrade

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// withSchema gives the version v1 of a definition a schema of its spec.
func withSchema(t *testing.T, obj *unstructured.Unstructured, properties string) *unstructured.Unstructured {
	t.Helper()
	schema := clustertest.Object(t, "{type: object, properties: {spec: {type: object, properties: "+properties+"}}}").Object
	v1 := obj.Object["spec"].(map[string]any)["versions"].([]any)[0].(map[string]any)
	v1["schema"] = map[string]any{"openAPIV3Schema": schema}
	return obj
}

func TestAPlanCountsObjectsAndFieldsThatGo(t *testing.T) {
	c := newCluster(t)
	held := withSchema(t, definition(t), "{target: {type: object}, data: {type: array}}")
	if err := c.dynamic.Tracker().Update(crds.Resource, held, ""); err != nil {
		t.Fatal(err)
	}
	c.releases.after[0] = withSchema(t, definition(t), "{data: {type: array}}")
	p, err := c.Plan(t.Context(), request(t, "2.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	want := Definition{Name: "externalsecrets.external-secrets.io", Objects: 1, StoredVersions: []string{"v1"}, Unkept: true,
		FieldsRemoved: []FieldLoss{{Version: "v1", Path: "spec.target", Objects: 1, Example: "apps/a"}}}
	var got Definition
	for _, d := range p.Definitions {
		if d.Name == want.Name {
			got = d
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := strings.Join(p.Warnings, "\n"); !strings.Contains(text, "1 objects use spec.target, which 2.0.0 does not know: it is pruned") {
		t.Errorf("warnings %s", text)
	}
}

func TestWhatCannotBeReadAfterwardsStandsAgainst(t *testing.T) {
	c := newCluster(t)
	old := definition(t)
	old.Object["spec"].(map[string]any)["versions"] = []any{map[string]any{"name": "v1", "served": true, "storage": false},
		map[string]any{"name": "v1beta1", "served": false, "storage": true}}
	old.Object["status"] = map[string]any{"storedVersions": []any{"v1beta1"}}
	if err := c.dynamic.Tracker().Update(crds.Resource, old, ""); err != nil {
		t.Fatal(err)
	}
	p, err := c.Plan(t.Context(), request(t, "2.0.0"))
	if err != nil || codeOf(p.Err()) != "EI283" {
		t.Fatalf("%v, %+v", err, p.Blockers)
	}
	got, err := c.Apply(t.Context(), p)
	if codeOf(err) != "EI283" || got.Outcome != Refused || c.releases.calls != nil || c.journalLeft(t) != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAChartWithoutDefinitions(t *testing.T) {
	c := newCluster(t)
	c.releases.after = nil
	r := request(t, "2.0.0")
	r.Values = map[string]any{"installCRDs": true}
	if p, err := c.Plan(t.Context(), r); err != nil || codeOf(p.Err()) != "EI209" {
		t.Errorf("it is to bring them: %v, %+v", err, p)
	}
	r.Values = map[string]any{"installCRDs": false}
	p, err := c.Plan(t.Context(), r)
	if err != nil || !strings.Contains(strings.Join(p.Warnings, "\n"), "installCRDs: false") {
		t.Errorf("somebody else brings them: %v, %+v", err, p)
	}
}

func TestUsedOf(t *testing.T) {
	unusable := []crds.Unusable{{APIVersion: "external-secrets.io/v1beta1", Kind: "SecretStore"}}
	objects := []helm.Object{{APIVersion: "external-secrets.io/v1beta1", Kind: "SecretStore", Name: "old"},
		{APIVersion: "external-secrets.io/v1", Kind: "SecretStore", Name: "new"}, {APIVersion: "example.io/v1beta1", Kind: "SecretStore", Name: "other"}}
	if diff := cmp.Diff([]string{"SecretStore old of external-secrets.io/v1beta1"}, usedOf(objects, unusable)); diff != "" {
		t.Error(diff)
	}
}

func TestBackupHoldsWhatCanBeApplied(t *testing.T) {
	c := newCluster(t)
	es := clustertest.Object(t, `
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: a
  namespace: apps
  uid: u
  resourceVersion: "7"
  generation: 3
  creationTimestamp: "2026-01-01T00:00:00Z"
  labels: {l: v}
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
  ownerReferences: [{apiVersion: external-secrets.io/v1, kind: ClusterExternalSecret, name: c, uid: o}]
  managedFields: [{manager: m}]
spec: {refreshInterval: 1h0m0s}
status: {conditions: []}`)
	if err := c.dynamic.Tracker().Update(eso.ExternalSecrets, es, "apps"); err != nil {
		t.Fatal(err)
	}
	all, err := crds.InCluster(t.Context(), c.dynamic, c.dynamic.Resource(crds.Resource), eso.Suffix)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "backup.yaml")
	n, err := c.backUp(t.Context(), name, all)
	if err != nil || n != 2 {
		t.Fatalf("%d objects, %v", n, err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const want = `---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  labels:
    l: v
  name: a
  namespace: apps
  ownerReferences:
  - apiVersion: external-secrets.io/v1
    kind: ClusterExternalSecret
    name: c
    uid: o
spec:
  refreshInterval: 1h0m0s
`
	if !strings.HasSuffix(string(data), want) || !strings.HasPrefix(string(data), "# All objects of External Secrets Operator at ") {
		t.Errorf("the backup holds\n%s", data)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(name), "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("files %q, %v", left, err)
	}
}
