//go:build e2e

// Package e2e runs the built plugin against a sandbox, as a user would: its exit codes, its output, and what is in the cluster
// afterwards. make test-e2e builds both first.
package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	plugin        = "../bin/kubectl-eso_infisical"
	sandboxBinary = "../bin/eso-sandbox"
)

// sandbox is one running sandbox.
type sandbox struct {
	name string
	// Fields of "eso-sandbox status -o json".
	Dir          string
	Kubeconfig   string
	ChartRepo    string
	ChartVersion string
	// OlderChartVersion is the one to upgrade from.
	OlderChartVersion string
	Infisical         struct {
		URL              string
		CAFile           string
		ClientIDFile     string
		ClientSecretFile string
		ProjectSlug      string
		Environment      string
		Key              string

		AdminTokenFile        string
		AdminClientIDFile     string
		AdminClientSecretFile string
		OrgID                 string
		ControlSocket         string
	}
	// canaries are the values that no output may ever hold.
	canaries []string
}

// start brings a sandbox up and takes it down when the test is over.
func start(t *testing.T, name string, options ...string) *sandbox {
	t.Helper()
	s := &sandbox{name: fmt.Sprintf("e2e-%d-%s", os.Getpid(), name)}
	t.Cleanup(func() { s.control(t, "down") })
	s.begin(t, options...)
	return s
}

// begin brings the sandbox up and learns how it is reached.
func (s *sandbox) begin(t *testing.T, options ...string) {
	t.Helper()
	s.control(t, append([]string{"up"}, options...)...)
	if err := json.Unmarshal([]byte(s.control(t, "status", "-o", "json")), s); err != nil {
		t.Fatalf("read the sandbox's status: %v", err)
	}
	s.readCanaries(t)
}

// control runs a command of the sandbox, which must succeed.
func (s *sandbox) control(t *testing.T, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd := exec.Command(sandboxBinary, append(args, "--name", s.name)...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("eso-sandbox %s: %v\n%s%s", strings.Join(args, " "), err, errOut.String(), out.String())
	}
	return out.String()
}

// readCanaries learns the client secret and every secret of the project, and how they look in a Secret.
func (s *sandbox) readCanaries(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.Dir, "seed.json"))
	if err != nil {
		t.Fatal(err)
	}
	var seed struct {
		ClientSecret string
		Secrets      map[string]map[string]string
	}
	if err := json.Unmarshal(data, &seed); err != nil {
		t.Fatal(err)
	}
	values := []string{seed.ClientSecret, read(t, s.Infisical.AdminTokenFile), read(t, s.Infisical.AdminClientSecretFile)}
	for _, secrets := range seed.Secrets {
		for _, v := range secrets {
			values = append(values, v)
		}
	}
	for _, v := range values {
		s.addCanary(t, v)
	}
}

// addCanary forbids a value in all output from now on.
func (s *sandbox) addCanary(t *testing.T, value string) {
	t.Helper()
	if len(value) < 8 {
		t.Fatalf("a canary of %d characters proves nothing", len(value))
	}
	s.canaries = append(s.canaries, value, base64.StdEncoding.EncodeToString([]byte(value)))
}

// read returns a file of one line.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// result is how a run of the plugin ended.
type result struct {
	code        int
	out, errOut string
}

func (r result) String() string {
	return fmt.Sprintf("exit code %d\n--- stdout\n%s--- stderr\n%s", r.code, r.out, r.errOut)
}

// invocation is a run of the plugin that is being prepared.
type invocation struct {
	*exec.Cmd
	s           *sandbox
	out, errOut bytes.Buffer
}

// prepare makes a run with a clean environment, as that of a shell without any of the product's variables.
func (s *sandbox) prepare(ctx context.Context, args ...string) *invocation {
	i := &invocation{Cmd: exec.CommandContext(ctx, plugin, args...), s: s}
	i.Stdout, i.Stderr = &i.out, &i.errOut
	i.Env = []string{"HOME=" + s.Dir, "PATH=" + os.Getenv("PATH"), "KUBECONFIG=" + s.Kubeconfig}
	return i
}

// finish waits for the run and looks for canaries in all that it wrote.
func (i *invocation) finish(t *testing.T) result {
	t.Helper()
	_ = i.Wait() // the exit code says it all
	r := result{i.ProcessState.ExitCode(), i.out.String(), i.errOut.String()}
	i.s.searched(t, r, strings.Join(i.Args[1:], " "))
	return r
}

// searched fails if the output of a run holds a canary.
func (s *sandbox) searched(t *testing.T, r result, what string) {
	t.Helper()
	for n, canary := range s.canaries {
		if strings.Contains(r.out, canary) || strings.Contains(r.errOut, canary) {
			t.Errorf("%s: the output holds secret value number %d", what, n)
		}
	}
}

// run runs the plugin to its end.
func (s *sandbox) run(t *testing.T, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	i := s.prepare(ctx, args...)
	if err := i.Start(); err != nil {
		t.Fatal(err)
	}
	return i.finish(t)
}

// mustRun runs the plugin, which must succeed.
func (s *sandbox) mustRun(t *testing.T, args ...string) result {
	t.Helper()
	r := s.run(t, args...)
	if r.code != 0 {
		t.Fatalf("%v: %v", args, r)
	}
	return r
}

// up is the whole runbook's command line.
func (s *sandbox) up(more ...string) []string {
	args := append([]string{"up", "--key", s.Infisical.Key}, s.chart()...)
	args = append(args, s.project()...)
	args = append(args, s.credentials()...)
	return append(append(args, s.ca()...), more...)
}

func (s *sandbox) chart() []string {
	return []string{"--repo", s.ChartRepo, "--version", s.ChartVersion}
}

func (s *sandbox) project() []string {
	return []string{"--host", s.Infisical.URL, "--project", s.Infisical.ProjectSlug, "--environment", s.Infisical.Environment}
}

func (s *sandbox) credentials() []string {
	return []string{"--client-id-file", s.Infisical.ClientIDFile, "--client-secret-file", s.Infisical.ClientSecretFile}
}

// bootstrap is the command line that verifies the credentials and writes them.
func (s *sandbox) bootstrap(more ...string) []string {
	args := append([]string{"bootstrap"}, s.credentials()...)
	return append(append(append(args, s.project()...), s.ca()...), more...)
}

// wrongSecret is a file with a client secret that looks right.
func wrongSecret(t *testing.T) string {
	t.Helper()
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, fmt.Appendf(nil, "%x\n", random), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func (s *sandbox) ca() []string { return []string{"--ca-file", s.Infisical.CAFile} }

func (s *sandbox) client(t *testing.T) dynamic.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", s.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS, config.Burst = 50, 100
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// expect fails unless the run ended with code and its output holds every text.
func (r result) expect(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\n%v", r.code, code, r)
		return
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.errOut, text) {
			t.Errorf("the output lacks %q\n%v", text, r)
		}
	}
}

// clientIDFile is a file with the client ID that the cluster holds.
func clientIDFile(t *testing.T, s *sandbox) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "id")
	if err := os.WriteFile(name, []byte(held(t, s, "clientId")), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
