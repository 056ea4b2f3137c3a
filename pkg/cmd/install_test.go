package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// esoChart makes a chart of ESO's name and returns its path.
func esoChart(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Chart.yaml":  "apiVersion: v2\nname: external-secrets\nversion: 2.4.0\nappVersion: v2.4.0\n",
		"values.yaml": "installCRDs: true\ntag: v2.4.0\n",
		"templates/crd.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: x.external-secrets.io\n" +
			"  annotations: {{ toYaml .Values.crds.annotations | nindent 4 }}\nspec: {}\n",
		"templates/deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: eso}\nspec: {template: {spec: {containers: [{name: c, image: \"example.com/eso:{{ .Values.tag }}\"}]}}}\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestListImagesNeedsNoCluster(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "absent"))
	r := start(t, "tag: v9\n", "install", "--chart", esoChart(t), "--values", "-", "--list-images")
	if r.code != 0 || r.out != "example.com/eso:v9\n" || r.errOut != "" {
		t.Errorf("exit code %d, %q, %q", r.code, r.out, r.errOut)
	}
	r = start(t, "", "install", "--chart", esoChart(t), "--list-images", "-o", "json", "--kube-version", "v1.33.0")
	var list struct {
		Kind, ChartVersion, KubernetesVersion string
		Images                                []string
	}
	if err := json.Unmarshal([]byte(r.out), &list); err != nil || list.Kind != "ImageList" || list.ChartVersion != "2.4.0" || list.KubernetesVersion != "v1.33.0" || len(list.Images) != 1 {
		t.Errorf("%+v, %v from %q", list, err, r.out)
	}
}

func TestDryRunClientNeedsNoCluster(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "absent"))
	r := start(t, "", "install", "--chart", esoChart(t), "--dry-run=client")
	for _, text := range []string{"Deployment/eso rendered\n", "warning: External Secrets Operator v2.4.0 has CVE-2026-42876", "2 objects for release external-secrets"} {
		if r.code != 0 || !strings.Contains(r.out, text) {
			t.Errorf("exit code %d, %q lacks %q", r.code, r.out, text)
		}
	}
}

func TestAFailedInstallIsADocumentToo(t *testing.T) {
	for _, args := range [][]string{{"--dry-run=client"}, {"--list-images"}, nil, {"--dry-run=server"}} {
		t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "absent"))
		r := start(t, "", append([]string{"install", "--chart", "./absent", "-o", "yaml"}, args...)...)
		var doc struct {
			Kind  string
			Error struct{ Message string }
		}
		if err := yaml.Unmarshal([]byte(r.out), &doc); err != nil || r.code == 0 || doc.Error.Message == "" || doc.Kind == "" {
			t.Errorf("%v: exit code %d, %+v, %v", args, r.code, doc, err)
		}
	}
}
