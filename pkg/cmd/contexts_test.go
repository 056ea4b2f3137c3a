package cmd

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/version"
)

// kubeconfig writes one with a context for each name and address.
func kubeconfig(t *testing.T, servers map[string]string) string {
	t.Helper()
	var clusters, contexts []string
	for name, server := range servers {
		clusters = append(clusters, fmt.Sprintf("{name: %s-cluster, cluster: {server: %q}}", name, server))
		contexts = append(contexts, fmt.Sprintf("{name: %s, context: {cluster: %s-cluster}}", name, name))
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters: [%s]\ncontexts: [%s]\n", strings.Join(clusters, ", "), strings.Join(contexts, ", "))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// startWith runs the program with a kubeconfig.
func startWith(t *testing.T, kubeconfig string, args ...string) result {
	t.Helper()
	t.Setenv("KUBECONFIG", kubeconfig)
	streams, _, out, errOut := genericiooptions.NewTestIOStreams()
	root := New(version.Build{Version: "v1.2.3"}, streams)
	code := Report(errOut, Execute(t.Context(), root, args, out), false)
	return result{code, out.String(), errOut.String()}
}

func TestDoctorOfSeveralContexts(t *testing.T) {
	hanging := make(chan struct{})
	hole := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hanging }))
	t.Cleanup(func() { close(hanging); hole.Close() })
	first, second := forbiddingServer(t), forbiddingServer(t)
	config := kubeconfig(t, map[string]string{"first": first.URL, "second": second.URL, "nowhere": "http://127.0.0.1:1", "hole": hole.URL})
	started := time.Now()
	r := startWith(t, config, "doctor", "--all-contexts", "--timeout", "2s", "-o", "json")
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	var list struct {
		Kind       string
		Summary    struct{ Clusters, Unknown int }
		RootCauses []struct {
			Code     string
			Contexts []string
		}
		Items []struct {
			Context, Cluster, Kind string
			DurationMs             int64
			Summary                struct{ Passed, Unknown int }
		}
	}
	if err := json.Unmarshal([]byte(r.out), &list); err != nil || r.code != 3 {
		t.Fatalf("%v, exit code %d, %s", err, r.code, r.errOut)
	}
	if list.Kind != "DoctorReportList" || len(list.Items) != 4 || list.Summary.Clusters != 4 || list.Summary.Unknown != 4 {
		t.Errorf("%+v", list)
	}
	for i, name := range []string{"first", "hole", "nowhere", "second"} {
		item := list.Items[i]
		if item.Context != name || item.Cluster != name+"-cluster" || item.Kind != "DoctorReport" {
			t.Errorf("item %d: %+v", i, item)
		}
	}
	// Who answers, if with no, is not held up by who does not.
	if first := list.Items[0]; first.DurationMs > 1500 || list.Items[1].DurationMs < 1500 {
		t.Errorf("first took %d ms, and the one that hangs %d", first.DurationMs, list.Items[1].DurationMs)
	}
	if len(list.RootCauses) == 0 || list.RootCauses[0].Code != "EI102" || strings.Contains(fmt.Sprint(list.RootCauses[0].Contexts), "first") {
		t.Errorf("root causes %+v", list.RootCauses)
	}
	for _, s := range []*apiServer{first, second} {
		if len(s.requests) == 0 {
			t.Error("a cluster was not asked")
		}
	}
}

func TestDoctorHasOneExitCodeForSeveralContextsWhateverTheFormat(t *testing.T) {
	config := kubeconfig(t, map[string]string{"a": forbiddingServer(t).URL, "b": "http://127.0.0.1:1"})
	for _, format := range doctorFormats {
		r := startWith(t, config, "doctor", "--contexts", "a,b", "-o", format)
		if r.code != 3 || !strings.Contains(r.out, "EI102") || r.errOut != "" {
			t.Errorf("-o %s: exit code %d, %q, %q", format, r.code, r.out, r.errOut)
		}
	}
}

func TestContextsThatCannotBe(t *testing.T) {
	s := forbiddingServer(t)
	config := kubeconfig(t, map[string]string{"prod-eu": s.URL, "prod-us": s.URL, "dev": s.URL})
	for args, text := range map[string]string{
		"--contexts prd-eu":                    "no context \"prd-eu\"; did you mean prod-eu?",
		"--contexts dev,nobodys":               "no context \"nobodys\"; there is dev, prod-eu, prod-us",
		"--contexts=":                          "--contexts names none",
		"--contexts dev --context dev":         "--contexts and --context exclude each other",
		"--contexts dev --all-contexts":        "exclude each other",
		"--all-contexts --context dev":         "--all-contexts and --context exclude each other",
		"--all-contexts --server https://h":    "--all-contexts and --server exclude each other",
		"--all-contexts --token-is-not-a-flag": "unknown flag",
		"--contexts dev --user somebody":       "--contexts and --user exclude each other",
		"--contexts dev --live":                "a login is never repeated",
		"--contexts dev --watch -o json":       "text alone",
	} {
		r := startWith(t, config, append([]string{"doctor"}, strings.Fields(args)...)...)
		if r.code != 2 || !strings.Contains(r.errOut, text) {
			t.Errorf("%s: exit code %d, %q", args, r.code, r.errOut)
		}
	}
	if len(s.requests) > 0 {
		t.Errorf("the cluster was asked: %v", s.requests)
	}
}

func TestAllContextsWithoutAKubeconfig(t *testing.T) {
	r := start(t, "", "doctor", "--all-contexts", "-o", "json")
	if f := single(t, r); r.code != 3 || f.Error == nil || !strings.Contains(f.Error.Message, "no contexts") {
		t.Errorf("%+v", r)
	}
}

func TestContextsAreExaminedOnceEach(t *testing.T) {
	config := kubeconfig(t, map[string]string{"a": forbiddingServer(t).URL})
	r := startWith(t, config, "doctor", "--contexts", "a,a", "--contexts", "a")
	if !strings.Contains(r.out, "1 cluster: ") {
		t.Errorf("%s", r.out)
	}
}

func TestSinceForSeveralContexts(t *testing.T) {
	folder := t.TempDir()
	config := kubeconfig(t, map[string]string{"a": forbiddingServer(t).URL, "b": "http://127.0.0.1:1"})
	before := filepath.Join(folder, "before.json")
	write := func(text string) {
		if err := os.WriteFile(before, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(startWith(t, config, "doctor", "--contexts", "a", "-o", "json").out)
	r := startWith(t, config, "doctor", "--contexts", "a,b", "--since", before)
	if strings.Count(r.out, "nothing has changed") != 1 || !strings.Contains(r.out, "Since the earlier report, in a:") || strings.Contains(r.out, "Since the earlier report, in b:") {
		t.Errorf("%s", r.out)
	}
	write(startWith(t, config, "doctor", "--context", "a", "-o", "json").out)
	if r := startWith(t, config, "doctor", "--contexts", "a,b", "--since", before); r.code != 2 || !strings.Contains(r.errOut, "no document of kind DoctorReportList") {
		t.Errorf("%+v", r)
	}
}
