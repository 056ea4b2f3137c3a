package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var toExport = []string{"--host", "https://infisical.example.com", "--project", "p"}

func TestExportAsksNoClusterWhereThePlaceIsGiven(t *testing.T) {
	for form, more := range map[string][]string{"plain": nil, "kustomize": nil, "argocd": {"--git-url", "https://git.example.com/p.git"}, "flux": nil} {
		r := start(t, "", append(append([]string{"export", form}, toExport...), more...)...)
		if r.code != 0 || !strings.Contains(r.out, "kind: ClusterSecretStore") || strings.Contains(r.out, "kind: Secret\n") {
			t.Errorf("%s: exit code %d, %s, %s", form, r.code, r.out, r.errOut)
		}
	}
}

func TestExportWithoutAClusterOrAPlace(t *testing.T) {
	if r := start(t, "", "export", "plain"); r.code == 0 || r.out != "" {
		t.Errorf("exit code %d, %s", r.code, r.out)
	}
}

func TestExportKeepsFilesThatHoldSomethingElse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	args := append([]string{"export", "plain", "--dir", dir}, toExport...)
	for range 2 { // the second run writes the same
		if r := start(t, "", args...); r.code != 0 {
			t.Fatalf("exit code %d, %s", r.code, r.errOut)
		}
	}
	path := filepath.Join(dir, "20-store.yaml")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := start(t, "", args...); r.code != 2 || !strings.Contains(r.errOut, "20-store.yaml; replace them with --overwrite") {
		t.Errorf("exit code %d, %s", r.code, r.errOut)
	}
	if held, _ := os.ReadFile(path); string(held) != "mine" {
		t.Errorf("the file is %s", held)
	}
	if r := start(t, "", append(args, "--overwrite")...); r.code != 0 {
		t.Errorf("exit code %d, %s", r.code, r.errOut)
	}
	if held, _ := os.ReadFile(path); !strings.Contains(string(held), "kind: ClusterSecretStore") {
		t.Errorf("the file is %s", held)
	}
}

func TestExportRefusesWhatCannotBe(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		text string
	}{
		"no repository":        {append([]string{"export", "argocd"}, toExport...), "--git-url"},
		"a label":              {append([]string{"export", "argocd", "--git-url", "x", "--cluster-selector", "secrets"}, toExport...), "KEY=VALUE"},
		"a chart of a file":    {append([]string{"export", "plain", "--chart", "./eso.tgz"}, toExport...), "--repo"},
		"a digest for Argo CD": {append([]string{"export", "argocd", "--git-url", "x", "--chart", "oci://r.example.com/c/external-secrets@sha256:" + strings.Repeat("0", 64) + ""}, toExport...), "digest"},
		"a project by name":    {[]string{"export", "plain", "--host", "https://h.example.com", "--project", "My Project"}, "slug"},
		"a CA that is none":    {append([]string{"export", "plain", "--ca-file", "/absent"}, toExport...), "CA file"},
		"a schedule":           {[]string{"export", "doctor-cronjob", "--schedule", "soon"}, "five fields"},
	} {
		if r := start(t, "", tt.args...); r.code != 2 || !strings.Contains(r.errOut, tt.text) {
			t.Errorf("%s: exit code %d, %s", name, r.code, r.errOut)
		}
	}
}

func TestExportDoctorCronJob(t *testing.T) {
	r := start(t, "", "export", "doctor-cronjob", "--secret", "mine", "--job-namespace", "monitoring", "--image", "example.com/i:1")
	for _, want := range []string{"kind: CronJob", "kind: ClusterRoleBinding", "kind: RoleBinding", "namespace: monitoring", "image: example.com/i:1", "- mine",
		"- monitoring/eso-infisical-doctor", "name: eso-infisical-doctor-verdict", "kind: ConfigMap", "events.k8s.io"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is missing in\n%s", want, r.out)
		}
	}
	if r.code != 0 || strings.Contains(r.out, "creationTimestamp") {
		t.Errorf("exit code %d, %s", r.code, r.errOut)
	}
}

func TestExportAChartOfARegistry(t *testing.T) {
	for chart, want := range map[string]string{"oci://r.example.com/c/external-secrets:2.4.1": "tag: 2.4.1", "oci://r.example.com/c/external-secrets": "tag: 2.4.1",
		"oci://r.example.com/c/external-secrets@sha256:" + strings.Repeat("0", 64): "digest: sha256:000"} {
		r := start(t, "", append([]string{"export", "flux", "--chart", chart}, toExport...)...)
		if r.code != 0 || !strings.Contains(r.out, "url: oci://r.example.com/c/external-secrets\n") || !strings.Contains(r.out, want) {
			t.Errorf("%s: exit code %d, %s, %s", chart, r.code, r.out, r.errOut)
		}
	}
}
