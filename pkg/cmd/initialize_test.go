package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup/file"
)

var toInit = []string{"init", "--host", "https://infisical.example.com/", "--project", "archon-platform"}

// initialized runs init in a folder of its own and reads what it has written.
func initialized(t *testing.T, args ...string) (*file.Setup, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "conf.yaml")
	r := start(t, "", append(append([]string{}, toInit...), append(args, "-f", path)...)...)
	if r.code != 0 || !strings.Contains(r.out, path+" written") {
		t.Fatalf("exit code %d, %s%s", r.code, r.out, r.errOut)
	}
	s, err := file.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func TestInitWritesWhatTheFlagsSay(t *testing.T) {
	s, path := initialized(t)
	if got := s.Stores[0]; s.Infisical.Host != "https://infisical.example.com" || got.Project != "archon-platform" || s.Operator.Chart.Version != setup.DefaultChartVersion || s.Operator.Namespace != "external-secrets" {
		t.Errorf("%+v", s)
	}
	dir := filepath.Dir(path)
	s, _ = initialized(t, "-n", "eso", "--environment", "staging", "--path", "/app", "--key", "K", "--store", "s", "--store-namespace", "team-a", "--secret", "mine", "--ca-secret", "ca",
		"--via", "svc/a.b:1", "--test-namespace", "proof", "--version", "2.4.0", "--client-id", "01234567-aaaa-4bbb-8ccc-0123456789ab", "--client-secret-file", filepath.Join(dir, "secret.txt"))
	want := file.Store{Name: "s", Namespace: "team-a", Project: "archon-platform", Environment: "staging", Path: "/app", Key: "K", Secret: "mine", CASecret: "ca",
		ClientID: "01234567-aaaa-4bbb-8ccc-0123456789ab", ClientSecretFile: filepath.ToSlash(filepath.Join(dir, "secret.txt"))}
	got := s.Stores[0]
	if got.Name != want.Name || got.Namespace != want.Namespace || got.Environment != want.Environment || got.Path != want.Path || got.Key != want.Key || got.Secret != want.Secret ||
		got.CASecret != want.CASecret || got.ClientID != want.ClientID || got.ClientSecretFile != want.ClientSecretFile {
		t.Errorf("%+v", got)
	}
	if s.Operator.Namespace != "eso" || s.Test.Namespace != "proof" || s.Infisical.Via != "service/a.b:1" || s.Operator.Chart.Version != "2.4.0" {
		t.Errorf("%+v", s)
	}
}

func TestInitMakesPathsStartFromTheFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("conf", 0o750); err != nil {
		t.Fatal(err)
	}
	r := start(t, "", append(toInit, "-f", "conf/setup.yaml", "--client-id-file", "id.txt", "--client-secret-file", "conf/secret.txt")...)
	s, err := file.Load("conf/setup.yaml", nil)
	if r.code != 0 || err != nil || s.Stores[0].ClientIDFile != "../id.txt" || s.Stores[0].ClientSecretFile != "secret.txt" {
		t.Errorf("exit code %d, %s, %+v, %v", r.code, r.errOut, s, err)
	}
}

func TestInitKeepsWhatIsThere(t *testing.T) {
	_, path := initialized(t)
	before, _ := os.ReadFile(path)
	args := append(append([]string{}, toInit...), "-f", path, "--environment", "dev")
	if r := start(t, "", args...); r.code != 2 || !strings.Contains(r.errOut, "--overwrite") {
		t.Errorf("exit code %d, %s", r.code, r.errOut)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the file has changed")
	}
	if r := start(t, "", append(args, "--overwrite")...); r.code != 0 {
		t.Errorf("exit code %d, %s", r.code, r.errOut)
	}
	if after, _ := os.ReadFile(path); !strings.Contains(string(after), "environment: dev") {
		t.Errorf("%s", after)
	}
}

func TestInitOnStandardOutput(t *testing.T) {
	r := start(t, "", append(append([]string{}, toInit...), "-f", "-")...)
	if _, err := file.Parse("setup.yaml", []byte(r.out)); r.code != 0 || err != nil {
		t.Errorf("exit code %d, %s, %v", r.code, r.errOut, err)
	}
	if !strings.Contains(r.errOut, "no CA is given") {
		t.Error(r.errOut)
	}
	schema, err := file.Schema()
	if r := start(t, "", "init", "--schema"); r.code != 0 || err != nil || r.out != string(schema) {
		t.Errorf("exit code %d, %s", r.code, r.errOut)
	}
}

func TestInitWithoutATerminalNamesWhatIsMissing(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct {
		args []string
		text string
	}{
		{nil, "there is no terminal to ask on, so --host and --project must be given"},
		{[]string{"--host", "https://a.example.com"}, "so --project must be given"},
		{[]string{"--host", "a", "--project", "p"}, "https://HOST"},
		{[]string{"--host", "http://a.example.com", "--project", "p"}, "--plain-http"},
		{[]string{"--host", "https://a.example.com", "--project", "p", "--key", canary}, "looks like a client secret"},
		{[]string{"--host", "https://a.example.com", "--project", "p", "--ca-file", "absent"}, "CA file"},
		{[]string{"--host", "https://a.example.com", "--project", "p", "--client-id", "a", "--client-id-file", "b"}, "exclude each other"},
		{[]string{"-f", ""}, "--file"},
		{[]string{"--host", "https://a.example.com", "--project", "p", "-f", "no/x.yaml"}, "there is no folder no"},
		{[]string{"-f", "no/x.yaml", "--overwrite"}, "there is no folder no"},
	} {
		if r := start(t, "", append([]string{"init"}, tt.args...)...); r.code != 2 || !strings.Contains(r.errOut, tt.text) || strings.Contains(r.errOut, canary) || r.out != "" {
			t.Errorf("%v: exit code %d, %s", tt.args, r.code, r.errOut)
		}
	}
	if left, _ := os.ReadDir("."); len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
}

// canary stands for a secret; it has the form of one.
const canary = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee99"

func TestExportReadsASetupFile(t *testing.T) {
	_, path := initialized(t, "--environment", "staging", "--ca-configmap", "ca")
	more, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = more.WriteString("- {project: other, namespace: team-a, secret: theirs}\n")
	}
	if err != nil || more.Close() != nil {
		t.Fatal(err)
	}
	for form, args := range map[string][]string{"plain": nil, "kustomize": nil, "argocd": {"--git-url", "https://git.example.com/p.git"}, "flux": nil} {
		r := start(t, "", append([]string{"export", form, "-f", path}, args...)...)
		if r.code != 0 || strings.Count(r.out, "kind: ClusterSecretStore\n") != 1 || strings.Count(r.out, "kind: SecretStore\n") != 1 || !strings.Contains(r.out, "staging") {
			t.Errorf("%s: exit code %d, %s, %s", form, r.code, r.out, r.errOut)
		}
	}
	one := start(t, "", "export", "plain", "-f", path, "--store", "infisical-archon-platform", "--environment", "dev")
	if one.code != 0 || strings.Contains(one.out, "kind: SecretStore\n") || !strings.Contains(one.out, "environmentSlug: dev") {
		t.Errorf("exit code %d, %s, %s", one.code, one.out, one.errOut)
	}
	if r := start(t, "", "export", "plain", "-f", path, "--environment", "dev"); r.code != 2 || !strings.Contains(r.errOut, "--environment is for one store") {
		t.Errorf("exit code %d, %s", r.code, r.errOut)
	}
	if r := start(t, "", "export", "plain", "-f", filepath.Join(t.TempDir(), "absent.yaml")); r.code != 2 || !strings.Contains(r.errOut, "read the Setup file") {
		t.Errorf("exit code %d, %s", r.code, r.errOut)
	}
}
