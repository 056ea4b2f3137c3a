package upgrade

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// withVersions is a definition with other versions; the last one is stored.
func withVersions(obj *unstructured.Unstructured, names ...string) *unstructured.Unstructured {
	obj = obj.DeepCopy()
	var versions []any
	for i, name := range names {
		versions = append(versions, map[string]any{"name": name, "served": true, "storage": i == len(names)-1})
	}
	obj.Object["spec"].(map[string]any)["versions"] = versions
	return obj
}

func TestTheWayBackNeedsTheVersionThatIsStoredByThen(t *testing.T) {
	tests := []struct {
		name    string
		history []helm.Release
		next    []string
		want    int
	}{
		{"the same version", nil, []string{"v1"}, 1},
		{"a new version beside the stored one", nil, []string{"v2", "v1"}, 1},
		{"a new version that is stored", nil, []string{"v1", "v2"}, 0},
		{"after an upgrade that has failed", []helm.Release{revision(2, helm.Failed, "2.0.0", false)}, []string{"v1", "v2"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(t)
			c.releases.history = append(c.releases.history, tt.history...)
			c.releases.after[0] = withVersions(definition(t), tt.next...)
			p, err := c.Plan(t.Context(), request(t, "2.0.0"))
			if err != nil || p.WayBack != tt.want || p.Err() != nil {
				t.Fatalf("%+v, %v", p, err)
			}
			warned := strings.Contains(strings.Join(p.Warnings, "\n"), "stores objects as v2 of externalsecrets.external-secrets.io, which revision 1 does not know")
			if warned != (tt.want == 0) || p.newJournal().Good != tt.want {
				t.Errorf("warnings %q", p.Warnings)
			}
		})
	}
}

// Without the version that stores are read in, none would be found, and so none be proved.
func TestAnESOWhoseStoresCannotBeReadIsNotUpgraded(t *testing.T) {
	c := newCluster(t)
	old := withVersions(definitionOf(t, "clustersecretstores", "ClusterSecretStore", "Cluster"), "v1beta1")
	if err := c.dynamic.Tracker().Update(crdsResource, old, ""); err != nil {
		t.Fatal(err)
	}
	metadata := c.Metadata
	c.Metadata = func(resource schema.GroupVersionResource, namespace string) kube.Reader {
		if resource.Version == "v1beta1" {
			resource.Version = "v1" // The fake keeps none of the older.
		}
		return metadata(resource, namespace)
	}
	p, err := c.Plan(t.Context(), request(t, "2.0.0"))
	if err != nil || codeOf(p.Err()) != "EI283" || !strings.Contains(p.Err().Error(), "clustersecretstores.external-secrets.io are not served as v1") {
		t.Errorf("%+v, %v", p, err)
	}
	if !strings.Contains(p.Blockers[0].Fix, "--version 0.16.2") {
		t.Errorf("fix %q", p.Blockers[0].Fix)
	}
}
