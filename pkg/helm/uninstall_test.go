package helm

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubefake "helm.sh/helm/v3/pkg/kube/fake"
	"helm.sh/helm/v3/pkg/release"
	helmtime "helm.sh/helm/v3/pkg/time"
)

const definition = `# Source: crds.yaml
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
  annotations:
    note: x
spec:
  group: example.com
`

const others = `# Source: role.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
---
apiVersion: v1
kind: Service
metadata:
  name: web
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: elsewhere
  namespace: other
  annotations:
    helm.sh/resource-policy: keep
`

// holding is a client with one revision of that manifest.
func holding(t *testing.T, status release.Status, manifest string) *Client {
	t.Helper()
	c := inMemory(t, status)
	last, err := c.config.Releases.Last("eso")
	if err != nil {
		t.Fatal(err)
	}
	last.Manifest = manifest
	last.Info.FirstDeployed = helmtime.Time{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	if err := c.config.Releases.Update(last); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestContent(t *testing.T) {
	got, err := holding(t, release.StatusDeployed, definition+"---\n"+others).Content("eso")
	if err != nil {
		t.Fatal(err)
	}
	want := []Object{
		{"apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "things.example.com", false},
		{"rbac.authorization.k8s.io/v1", "ClusterRole", "", "reader", false},
		{"v1", "Service", "ns", "web", false},
		{"v1", "ConfigMap", "other", "elsewhere", true},
	}
	if diff := cmp.Diff(want, got.Objects); diff != "" {
		t.Error(diff)
	}
	if got.Status != Deployed || got.FirstDeployed.Year() != 2026 {
		t.Errorf("got %+v", got)
	}
	absent, err := inMemory(t).Content("eso")
	if err != nil || absent.Status != Absent || len(absent.Objects) > 0 {
		t.Errorf("absent: %+v, %v", absent, err)
	}
}

func TestUninstall(t *testing.T) {
	for _, status := range []release.Status{release.StatusDeployed, release.StatusFailed, release.StatusPendingInstall, release.StatusUninstalling, release.StatusUninstalled} {
		t.Run(status.String(), func(t *testing.T) {
			c := holding(t, status, definition+"---\n"+others)
			if err := c.Uninstall(t.Context(), "eso"); err != nil {
				t.Fatal(err)
			}
			if left, _ := c.config.Releases.History("eso"); len(left) > 0 {
				t.Errorf("%d revisions are left", len(left))
			}
			if err := c.Uninstall(t.Context(), "eso"); err != nil {
				t.Errorf("the second time: %v", err)
			}
		})
	}
}

func TestUninstallKeepsDefinitions(t *testing.T) {
	c := holding(t, release.StatusDeployed, definition+"---\n"+others)
	c.config.KubeClient = &kubefake.FailingKubeClient{PrintingKubeClient: kubefake.PrintingKubeClient{Out: io.Discard}, BuildError: errors.New("no matches for kind")}
	err := c.Uninstall(t.Context(), "eso")
	if err == nil || !strings.Contains(err.Error(), "no matches for kind") {
		t.Errorf("the reason is lost: %v", err)
	}
	content, err := c.Content("eso")
	if err != nil || !content.Objects[0].Kept || content.RawStatus != "uninstalling" {
		t.Errorf("%+v, %v", content, err)
	}
}

func TestKeepIn(t *testing.T) {
	marked, changed, err := keepIn(definition + "---\n" + others)
	if err != nil || !changed {
		t.Fatalf("changed %t, %v", changed, err)
	}
	if !strings.Contains(marked, "note: x") || strings.Count(marked, "helm.sh/resource-policy: keep") != 2 || !strings.HasSuffix(marked, others) {
		t.Errorf("marked:\n%s", marked)
	}
	again, changed, err := keepIn(marked)
	if err != nil || changed || again != marked {
		t.Errorf("the second time: changed %t, %v", changed, err)
	}
	quoted := strings.Replace(definition, "kind: CustomResourceDefinition", `kind: "CustomResourceDefinition"`, 1)
	if marked, changed, err := keepIn(quoted); err != nil || !changed || !strings.Contains(marked, "keep") {
		t.Errorf("with its kind in quotes: %v\n%s", err, marked)
	}
	for _, unreadable := range []string{"kind: CustomResourceDefinition\nmetadata: [\n", "kind: CustomResourceDefinition\n\tx\n", "kind: CustomResourceDefinition\n"} {
		if _, _, err := keepIn(unreadable); err == nil {
			t.Errorf("%q is taken as marked", unreadable)
		}
	}
}
