package cmd

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// cluster is an API server that knows names, by the path of their list. It notes what it was asked.
type cluster struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func clusterWith(t *testing.T, names map[string][]string) *cluster {
	t.Helper()
	c := &cluster{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.asked = append(c.asked, r.Method+" "+r.URL.Path)
		c.mu.Unlock()
		var items []map[string]any
		for _, name := range names[r.URL.Path] {
			items = append(items, map[string]any{"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": map[string]any{"name": name}})
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Warning", `299 - "this server is old"`)
		if items == nil {
			w.WriteHeader(http.StatusForbidden)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "items": items})
	}))
	t.Cleanup(c.Close)
	return c
}

// complete is what TAB offers behind the words, without what it says of each.
func complete(t *testing.T, kubeconfig string, words ...string) (offered []string, directive string) {
	t.Helper()
	r := startWith(t, kubeconfig, append([]string{cobra.ShellCompRequestCmd}, words...)...)
	if r.code != 0 || strings.Contains(r.errOut, "old") {
		t.Fatalf("%q: %+v", words, r)
	}
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	for _, line := range lines[:len(lines)-1] {
		name, _, _ := strings.Cut(line, "\t")
		offered = append(offered, name)
	}
	return offered, lines[len(lines)-1]
}

func TestCompletion(t *testing.T) {
	c := clusterWith(t, map[string][]string{
		"/api/v1/namespaces": {"default", "external-secrets", "eso-test"},
		"/apis/external-secrets.io/v1/clustersecretstores":          {"infisical-shop", "vault"},
		"/apis/external-secrets.io/v1/namespaces/team/secretstores": {"infisical-team"},
	})
	config := kubeconfig(t, map[string]string{"prod": c.URL})
	use := []string{"--context", "prod"}
	for line, want := range map[string]string{
		"--color ":                             "auto always never",
		"doctor --context ":                    "prod",
		"doctor --contexts ":                   "prod",
		"doctor --contexts other,":             "other,prod",
		"doctor --cluster ":                    "prod-cluster",
		"doctor --fail-on ":                    "warn fail never",
		"doctor --only EI30":                   "EI301 EI302 EI303 EI304",
		"doctor -o ":                           "text json yaml wide junit sarif markdown html",
		"status -n e":                          "external-secrets eso-test",
		"status --in d":                        "default",
		"apply-store --store ":                 "infisical-shop vault",
		"rotate credentials --store v":         "vault",
		"test --store-namespace team --store ": "infisical-team",
		"apply-store --kind ":                  "ClusterSecretStore SecretStore",
		"bootstrap --verify ":                  "local cluster none",
		"install --dry-run ":                   "none client server",
		"install --version 2.4":                "2.4.1",
		"completion ":                          "bash fish kubectl powershell zsh",
		"explain EI31":                         "EI310 EI311 EI312",
	} {
		words := append(slices.Clone(use), strings.Split(line, " ")...)
		got, directive := complete(t, config, words...)
		if strings.HasPrefix(line, "doctor --only") || strings.HasPrefix(line, "explain") {
			got = got[:min(len(got), len(strings.Fields(want)))]
		}
		if strings.Join(got, " ") != want || directive != ":4" {
			t.Errorf("%q: %q, %s", line, got, directive)
		}
	}
	for _, request := range c.asked {
		if !strings.HasPrefix(request, "GET ") {
			t.Errorf("TAB has sent %s", request)
		}
	}
}

func TestCompletionIsSilentWhereNothingCanBeFoundOut(t *testing.T) {
	hanging := make(chan struct{})
	hole := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hanging }))
	t.Cleanup(func() { close(hanging); hole.Close() })
	config := kubeconfig(t, map[string]string{"forbids": forbiddingServer(t).URL, "nowhere": "http://127.0.0.1:1", "hole": hole.URL})
	for _, context := range []string{"forbids", "nowhere", "hole", "absent"} {
		started := time.Now()
		if offered, directive := complete(t, config, "--context", context, "status", "-n", ""); len(offered) > 0 || directive != ":4" {
			t.Errorf("%s: %q, %s", context, offered, directive)
		}
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("%s: TAB took %s", context, took)
		}
	}
}

func TestTabOffersFilesForFilesOnly(t *testing.T) {
	config := kubeconfig(t, nil)
	for line, files := range map[string]bool{
		"up --ca-file ": true, "up --kubeconfig ": true, "install --values ": true, "doctor --since ": true, "doctor --ack ": true,
		"up --host ": false, "up --project ": false, "doctor ": false, "status ": false, "explain ": false, "install --timeout ": false,
	} {
		if _, directive := complete(t, config, strings.Split(line, " ")...); (directive == ":0") != files {
			t.Errorf("%q: %s", line, directive)
		}
	}
}

func TestEveryFlagOfFewChoicesNamesThem(t *testing.T) {
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			_, chooses := f.Value.(interface{ Choices() []string })
			if err := f.Value.Set("no-such-choice"); err == nil || f.Name == "via" || f.Name == "ca-secret" || chooses || f.Value.Type() == "level" {
				return
			}
			switch f.Value.Type() {
			case "bool", "duration", "int":
			default:
				t.Errorf("%s: --%s refuses values and does not say which it takes", c.CommandPath(), f.Name)
			}
		})
		for _, below := range c.Commands() {
			visit(below)
		}
	}
	for _, c := range commands(t) {
		visit(c)
	}
}

func TestScriptsForShells(t *testing.T) {
	for shell, text := range map[string]string{
		"bash": "complete -o default -F __start_kubectl-eso_infisical kubectl-eso_infisical", "zsh": "#compdef kubectl-eso_infisical",
		"fish": "complete -c kubectl-eso_infisical", "powershell": "Register-ArgumentCompleter -CommandName 'kubectl-eso_infisical'",
	} {
		r := start(t, "", "completion", shell)
		if r.code != 0 || !strings.Contains(r.out, text) || r.errOut != "" {
			t.Errorf("%s: exit code %d, %q; the script lacks %q", shell, r.code, r.errOut, text)
		}
	}
	if r := start(t, "", "completion", "tcsh"); r.code != 2 {
		t.Errorf("tcsh: %+v", r)
	}
	if r := start(t, "", "completion"); r.code != 0 || !strings.Contains(r.out, "powershell") {
		t.Errorf("without a shell: %+v", r)
	}
	if r := start(t, "", "completion", "kubectl", "--install", ""); r.code != 2 {
		t.Errorf("no folder: %+v", r)
	}
}
