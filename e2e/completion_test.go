//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// throughKubectl is what kubectl offers behind the words, with the plugin and its program for completion on the PATH.
func throughKubectl(t *testing.T, path, kubeconfig string, words ...string) []string {
	t.Helper()
	var out bytes.Buffer
	command := exec.CommandContext(t.Context(), "../bin/kubectl", append([]string{"__complete"}, words...)...)
	command.Env = []string{"HOME=" + t.TempDir(), "PATH=" + path, "KUBECONFIG=" + kubeconfig}
	command.Stdout = &out
	if err := command.Run(); err != nil {
		t.Fatal(err)
	}
	var offered []string
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		name, _, _ := strings.Cut(line, "\t")
		offered = append(offered, name)
	}
	return offered
}

// TAB through kubectl completes what the cluster has, by the program that "completion kubectl" has written.
func TestCompletionThroughKubectl(t *testing.T) {
	s := start(t, "tab")
	s.mustRun(t, s.up()...)
	bin, err := filepath.Abs(filepath.Dir(plugin))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	s.mustRun(t, "completion", "kubectl", "--install", folder).expect(t, 0, "kubectl_complete-eso_infisical written")
	path := strings.Join([]string{folder, bin, os.Getenv("PATH")}, string(filepath.ListSeparator))
	for line, want := range map[string]string{
		"do":                    "doctor",
		"doctor --fail":         "--fail-on",
		"doctor --context ":     strings.TrimSpace(s.currentContext(t)),
		"status -n ext":         "external-secrets",
		"apply-store --store i": "infisical-" + s.Infisical.ProjectSlug,
		"explain EI31":          "EI310",
		"install --version ":    "2.4.1",
		"up --ca-file ":         ":0",
	} {
		words := append([]string{"eso-infisical"}, strings.Split(line, " ")...)
		if offered := throughKubectl(t, path, s.Kubeconfig, words...); !slices.Contains(offered, want) {
			t.Errorf("%q: %q lacks %q", line, offered, want)
		}
	}
}

func (s *sandbox) currentContext(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "../bin/kubectl", "--kubeconfig", s.Kubeconfig, "config", "current-context").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
