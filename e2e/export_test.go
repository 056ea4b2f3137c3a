//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// TestExport writes out what up has made, applies it again, and sees that nothing changes; then lets the exported CronJob's role look.
func TestExport(t *testing.T) {
	t.Parallel()
	s := start(t, "export")
	s.mustRun(t, s.up()...)
	before := versions(t, s.client(t))
	for _, form := range [][]string{{"plain"}, {"kustomize"}, {"argocd", "--git-url", "https://git.example.com/p.git"}, {"flux"}} {
		t.Run(form[0], func(t *testing.T) {
			dir := t.TempDir()
			s.mustRun(t, append([]string{"export", form[0], "--dir", dir}, form[1:]...)...)
			s.applyAgain(t, dir)
			if after := versions(t, s.client(t)); after["ClusterSecretStore//"+storeName] != before["ClusterSecretStore//"+storeName] ||
				after["ConfigMap/external-secrets/infisical-ca"] != before["ConfigMap/external-secrets/infisical-ca"] {
				t.Errorf("applying the export has changed something: %v, then %v", before, after)
			}
		})
	}
	t.Run("by flags alone", func(t *testing.T) {
		offline := *s
		offline.Kubeconfig = filepath.Join(t.TempDir(), "absent")
		dir := t.TempDir()
		offline.mustRun(t, append(append([]string{"export", "plain", "--dir", dir}, s.project()...), s.ca()...)...)
		s.applyAgain(t, dir)
		if after := versions(t, s.client(t)); after["ClusterSecretStore//"+storeName] != before["ClusterSecretStore//"+storeName] {
			t.Error("what was exported by flags is not what up has applied")
		}
	})
	t.Run("from nothing", func(t *testing.T) { s.exportedFromNothing(t) })
	t.Run("a Setup file", func(t *testing.T) { s.exportSetupFile(t) })
}

// exportSetupFile has two stores made step by step, and exports both from one file, without a cluster.
func (s *sandbox) exportSetupFile(t *testing.T) {
	t.Helper()
	offline := *s
	offline.Kubeconfig = filepath.Join(t.TempDir(), "absent")
	path := filepath.Join(t.TempDir(), "setup.yaml")
	offline.mustRun(t, append(append([]string{"init", "-f", path}, s.project()...), s.ca()...)...)
	more, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = more.WriteString("- {project: " + s.Infisical.ProjectSlug + ", name: limited, allowNamespaces: [team-a], recursive: true}\n")
	}
	if err != nil || more.Close() != nil {
		t.Fatal(err)
	}
	s.mustRun(t, append([]string{"apply-store", "--store", "limited", "--allow-namespace", "team-a", "--recursive"}, s.project()...)...)
	before := versions(t, s.client(t))
	for _, form := range [][]string{{"plain"}, {"kustomize"}, {"argocd", "--git-url", "https://git.example.com/p.git"}, {"flux"}} {
		dir := t.TempDir()
		offline.mustRun(t, append([]string{"export", form[0], "-f", path, "--dir", dir}, form[1:]...)...)
		s.applyAgain(t, dir)
		after := versions(t, s.client(t))
		for _, object := range []string{"ClusterSecretStore//" + storeName, "ClusterSecretStore//limited", "ConfigMap/external-secrets/infisical-ca"} {
			if before[object] == "" || after[object] != before[object] {
				t.Errorf("%s: %s is at %q, and was at %q", form[0], object, after[object], before[object])
			}
		}
	}
}

// applyAgain applies the stores and their CA as up does.
func (s *sandbox) applyAgain(t *testing.T, dir string) {
	t.Helper()
	applied := 0
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "-ca.yaml") && !strings.HasSuffix(path, "-store.yaml") {
			return err
		}
		for text := range strings.SplitSeq(read(t, path), "\n---\n") {
			obj := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(text), &obj.Object); err != nil {
				return err
			}
			applied++
			resource := resources[strings.ToLower(obj.GetKind())+"s"]
			if _, err := s.client(t).Resource(resource).Namespace(obj.GetNamespace()).Apply(t.Context(), obj.GetName(), obj, metav1.ApplyOptions{FieldManager: "kubectl-eso-infisical"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || applied < 2 {
		t.Errorf("applied %d objects: %v", applied, err)
	}
}

// exportedFromNothing takes away what up has made, lets kubectl apply the plain files as INSTALL.md says, and compares.
func (s *sandbox) exportedFromNothing(t *testing.T) {
	dir := t.TempDir()
	s.mustRun(t, "export", "plain", "--dir", dir)
	s.mustRun(t, "export", "kustomize", "--dir", dir)
	client := s.client(t)
	made := []struct {
		resource        string
		namespace, name string
	}{{"clustersecretstores", "", storeName}, {"configmaps", "external-secrets", "infisical-ca"}}
	before := map[string]string{}
	for _, m := range made {
		api := client.Resource(resources[m.resource]).Namespace(m.namespace)
		before[m.name] = desired(t, api, m.name)
		if err := api.Delete(t.Context(), m.name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if values := read(t, filepath.Join(dir, "helm", "values.yaml")); !strings.Contains(values, "helm.sh/resource-policy: keep") || !strings.Contains(values, "installCRDs: true") {
		t.Errorf("the values are not those that up gives: %s", values)
	}
	if install := read(t, filepath.Join(dir, "INSTALL.md")); !strings.Contains(install, "--version "+s.ChartVersion) {
		t.Errorf("the version is not the release's: %s", install)
	}
	namespaces := client.Resource(resources["namespaces"])
	before["external-secrets"] = desired(t, namespaces, "external-secrets")
	for _, args := range [][]string{{"-f", dir}, {"-f", filepath.Join(dir, "eso", "namespace.yaml")}} {
		args = append([]string{"--kubeconfig", s.Kubeconfig, "apply", "--server-side"}, args...)
		if out, err := exec.CommandContext(t.Context(), "../bin/kubectl", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v, %s", args, err, out)
		}
	}
	for _, m := range made {
		if after := desired(t, client.Resource(resources[m.resource]).Namespace(m.namespace), m.name); after != before[m.name] {
			t.Errorf("applied from the files it is\n%s\nand up has made\n%s", after, before[m.name])
		}
	}
	if after := desired(t, namespaces, "external-secrets"); after != before["external-secrets"] {
		t.Errorf("the namespace is\n%s\nand was\n%s", after, before["external-secrets"])
	}
	eventually(t, s, 0, "0 failed")
}

// desired is an object without what the API server, ESO and earlier runs have noted in it.
func desired(t *testing.T, api dynamic.ResourceInterface, name string) string {
	t.Helper()
	obj, err := api.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	delete(obj.Object, "status")
	kept := map[string]any{"name": obj.GetName(), "namespace": obj.GetNamespace(), "labels": obj.GetLabels()}
	for key, value := range obj.GetAnnotations() {
		if !strings.HasPrefix(key, "eso-infisical.dev/") {
			kept[key] = value
		}
	}
	obj.Object["metadata"] = kept
	data, err := yaml.Marshal(obj.Object)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
