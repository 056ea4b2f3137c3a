package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/cli/lifecycle"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/supervise"
)

func run(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	components := map[string]Component{
		"echo": func(_ context.Context, config string) error {
			stdout.WriteString("config " + config)
			return nil
		},
	}
	code = Run(t.Context(), args, nil, Streams{Out: &stdout, Err: &stderr}, components)
	return code, stdout.String(), stderr.String()
}

// started is a state directory that looks as if the sandbox ran: its supervisor's lock is held by the test.
func started(t *testing.T) state.Dir {
	t.Helper()
	d := state.Dir(filepath.Join(t.TempDir(), "it's a dir"))
	if err := d.Claim(); err != nil {
		t.Fatal(err)
	}
	if err := d.Save(state.Sandbox{Name: "n", Ports: state.Ports{Infisical: 1003, Chart: 1004}}); err != nil {
		t.Fatal(err)
	}
	status := supervise.Status{Components: []supervise.ComponentStatus{{Name: "etcd", PID: 7, Running: true, Restarts: 2}}}
	if err := state.WriteJSON(d.SupervisorStatus(), status); err != nil {
		t.Fatal(err)
	}
	lock, err := d.LockSupervisor()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lock.Unlock)
	return d
}

func TestStatusOfNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	code, out, errOut := run(t, "status", "--dir", dir, "-o", "json")
	var report lifecycle.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if code != 1 || report.Running || errOut != "" {
		t.Errorf("code %d, running %v, stderr %q", code, report.Running, errOut)
	}
	if !strings.Contains(out, `"faults": []`) || !strings.Contains(out, `"components": []`) {
		t.Errorf("lists must be lists also when they are empty: %s", out)
	}
}

// The keys of the document are a promise to the tests that read it.
func TestStatusDocument(t *testing.T) {
	d := started(t)
	code, out, _ := run(t, "status", "--dir", string(d), "-o", "json")
	var document map[string]any
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"name", "dir", "running", "kubeconfig", "chartRepo", "chartVersion", "infisical", "faults", "components"} {
		if _, is := document[key]; !is {
			t.Errorf("no %q in the document", key)
		}
	}
	infisical, _ := document["infisical"].(map[string]any)
	for key, want := range map[string]string{
		"url": "https://127.0.0.1:1003", "caFile": d.InfisicalCA(), "clientIdFile": d.ClientID(), "clientSecretFile": d.ClientSecret(),
		"projectSlug": "archon-platform", "environment": "prod", "key": "DASHSCOPE_API_KEY",
	} {
		if infisical[key] != want {
			t.Errorf("infisical.%s: got %v, want %v", key, infisical[key], want)
		}
	}
	if code != 0 || document["running"] != true || document["chartRepo"] != "http://127.0.0.1:1004" {
		t.Errorf("code %d, document %v", code, document)
	}
}

func TestEnvIsForAShell(t *testing.T) {
	d := started(t)
	code, out, errOut := run(t, "env", "--dir", string(d))
	if code != 0 {
		t.Fatalf("code %d: %s", code, errOut)
	}
	got, err := exec.Command("sh", "-c", out+"\nprintf %s \"$KUBECONFIG|$INFISICAL_CLIENT_SECRET_FILE\"").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if want := d.Kubeconfig() + "|" + d.ClientSecret(); string(got) != want {
		t.Errorf("the shell has %q, want %q", got, want)
	}
}

func TestExitCodes(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--help"}, exitOK, ""},
		{[]string{"frobnicate"}, exitUsage, "unknown command"},
		{[]string{"up", "--frob"}, exitUsage, "unknown flag"},
		{[]string{"up", "extra"}, exitUsage, "--help"},
		{[]string{"up", "--name", "../x"}, exitUsage, "not a valid name"},
		{[]string{"status", "-o", "yaml", "--dir", none}, exitUsage, "text or json"},
		{[]string{"logs", "nope", "--dir", none}, exitUsage, "etcd"},
		{[]string{"logs", "etcd", "--dir", none}, exitFailed, "start the sandbox"},
		{[]string{"fault", "--dir", none}, exitUsage, "--list"},
		{[]string{"fault", "wrong-ca", "--dir", none}, exitFailed, "start it with up"},
		{[]string{"heal", "--dir", none}, exitFailed, "start it with up"},
		{[]string{"kubeconfig", "--dir", none}, exitFailed, "start it with up"},
		{[]string{"down", "--dir", none}, exitOK, "no sandbox"},
		{[]string{"component", "nope"}, exitUsage, "no such component"},
		{[]string{"up", "--dir", none, "--chart-dir", none}, exitFailed, "make sandbox"},
	} {
		code, _, errOut := run(t, test.args...)
		if code != test.code || !strings.Contains(errOut, test.says) {
			t.Errorf("%q: code %d, want %d; stderr %q must hold %q", test.args, code, test.code, errOut, test.says)
		}
	}
}

func TestInterruptedHasItsOwnCode(t *testing.T) {
	d := started(t)
	lock, err := d.Lock(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if code := Run(ctx, []string{"down", "--dir", string(d)}, nil, Streams{Out: &out, Err: &out}, nil); code != exitInterrupted {
		t.Errorf("code %d, want %d: %s", code, exitInterrupted, out.String())
	}
}

func TestComponentGetsItsFile(t *testing.T) {
	if code, out, _ := run(t, "component", "echo", "--config", "/x y"); code != 0 || out != "config /x y" {
		t.Errorf("code %d, output %q", code, out)
	}
}

func TestFaultsAreListed(t *testing.T) {
	_, out, _ := run(t, "fault", "--list")
	for _, name := range []string{"wrong-ca", "wrong-client-secret", "unknown-project", "infisical-down", "environment-production", "webhook-down"} {
		if !strings.Contains(out, name) {
			t.Errorf("no %s in %q", name, out)
		}
	}
}
