//go:build e2e && linux

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// TestUpFromAFile brings several stores about from one Setup file, with a person who is asked, and some steps of it.
func TestUpFromAFile(t *testing.T) {
	t.Parallel()
	s := start(t, "setupfile")
	file := s.setupFile(t, "prod")
	t.Run("only looked at", func(t *testing.T) {
		r := s.run(t, "up", "-f", file, "--dry-run=client")
		r.expect(t, 0, "install      create", "clustersecretstore/infisical-archon-platform", "secretstore/team-a/team", "+kind: ClusterSecretStore", "nothing has been changed (dry run)")
		s.run(t, "up", "-f", file, "--dry-run=server").expect(t, 0, "nothing has been changed (server dry run)")
		gone(t, s.client(t), "namespaces", "", "external-secrets")
	})
	t.Run("one step at a time", func(t *testing.T) {
		s.run(t, "up", "-f", file, "--only", "install").expect(t, 0, "nothing was proved")
		s.run(t, "up", "-f", file, "--only", "bootstrap,apply-ca").expect(t, 0, "4 things have changed")
	})
	t.Run("asked", func(t *testing.T) { s.upAsks(t, file) })
	t.Run("the rest, in a document", func(t *testing.T) { s.upDocument(t, file) })
	t.Run("nothing is left to do", func(t *testing.T) {
		before := versions(t, s.client(t))
		s.run(t, "up", "-f", file).expect(t, 0, "nothing to do")
		s.run(t, "up", "-f", file, "--from-step", "apply-store", "--store", "team-a/team").expect(t, 0, "nothing to do")
		if diff := cmp.Diff(before, versions(t, s.client(t))); diff != "" {
			t.Errorf("objects have changed:\n%s", diff)
		}
		s.run(t, "doctor").expect(t, 0, "0 failed")
	})
	t.Run("one store that fails keeps no other", func(t *testing.T) {
		r := s.run(t, "up", "-f", s.setupFile(t, "staging"))
		r.expect(t, 1, "store team-a/team:", "EI606", "change       secretstore/team-a/team", "-        environmentSlug: prod", "+        environmentSlug: staging")
		gone(t, s.client(t), "externalsecrets", "team-a", "test-dashscope-api-key")
	})
	t.Run("from nothing, verified by ESO", func(t *testing.T) {
		wipe(t, s.client(t))
		s.run(t, "up", "-f", file, "--only", "test").expect(t, 1, "EI701")
		s.run(t, "up", "-f", file, "--verify=cluster").expect(t, 0, "verified from inside the cluster", "DASHSCOPE_API_KEY arrived", "done in")
		s.run(t, "up", "-f", file, "--verify=cluster").expect(t, 0, "nothing to do")
	})
	t.Run("wrong usage", func(t *testing.T) {
		s.run(t, "up", "-f", file, "--environment", "staging").expect(t, 2, "--environment is for one store", "Nothing has been changed")
		s.run(t, "up", "-f", file, "--only", "tests").expect(t, 2, `no step "tests"`)
		s.run(t, "up", "-f", file+".none").expect(t, 2, "no such file")
	})
}

// setupFile writes a file with a store for the whole cluster, and one for a namespace that reads the environment.
func (s *sandbox) setupFile(t *testing.T, environment string) string {
	t.Helper()
	in := s.Infisical
	pair := fmt.Sprintf("clientIDFile: %s, clientSecretFile: %s", in.ClientIDFile, in.ClientSecretFile)
	text := fmt.Sprintf(`apiVersion: eso-infisical.dev/v1alpha1
kind: Setup
operator:
  chart: {repository: %q, version: %q}
infisical: {host: %q, caFile: %q}
stores:
- {project: %s, environment: %s, key: %s, %s}
- {name: team, namespace: team-a, project: %s, environment: %s, key: %s, %s}
`, s.ChartRepo, s.ChartVersion, in.URL, in.CAFile, in.ProjectSlug, in.Environment, in.Key, pair, in.ProjectSlug, environment, in.Key, pair)
	name := filepath.Join(t.TempDir(), "setup.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// upAsks has a person say no, and then look at a run whose plan is carried out.
func (s *sandbox) upAsks(t *testing.T, file string) {
	before := versions(t, s.client(t))
	no := s.onTerminal(t, "up", "-f", file)
	no.shown.await(t, "Carry this out? [y/N]")
	if r := no.answer(t, "n", "nothing has been changed"); r.code != 1 {
		t.Errorf("exit code %d after a no", r.code)
	}
	if diff := cmp.Diff(before, versions(t, s.client(t))); diff != "" {
		t.Errorf("after a no, objects have changed:\n%s", diff)
	}
	interrupted := s.onTerminal(t, "up", "-f", file)
	interrupted.shown.await(t, "Carry this out? [y/N]")
	if _, err := interrupted.person.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	_ = interrupted.Wait()
	if code := interrupted.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d after Ctrl-C", code)
	}
	yes := s.onTerminal(t, "up", "-f", file, "--only", "apply-store", "--store", "team-a/team")
	yes.shown.await(t, "Carry this out? [y/N]")
	if r := yes.answer(t, "y", "nothing was proved"); r.code != 0 || !strings.Contains(r.out, "secretstore/team created") {
		t.Errorf("after a yes: %v", r)
	}
}

// upDocument does what is left, and reads what a program would.
func (s *sandbox) upDocument(t *testing.T, file string) {
	r := s.run(t, "up", "-f", file, "-o", "json")
	var doc struct {
		APIVersion, Kind string
		Altered          bool
		Clusters         []struct {
			Namespace string
			Plan      []struct{ Step, Action, Object string }
			Steps     []struct{ Step, Store, Object, Outcome, Proof string }
		}
	}
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil || r.code != 0 {
		t.Fatalf("%v: %v", err, r)
	}
	if doc.APIVersion != "eso-infisical.dev/v1alpha1" || doc.Kind != "SetupReport" || !doc.Altered || len(doc.Clusters) != 1 {
		t.Fatalf("document %+v", doc)
	}
	proved := map[string]bool{}
	for _, step := range doc.Clusters[0].Steps {
		if step.Step == "test" && step.Outcome == "proved" && strings.Contains(step.Proof, "keyed hashes are equal") {
			proved[step.Store] = true
		}
	}
	if !proved["infisical-archon-platform"] || !proved["team-a/team"] {
		t.Errorf("proved: %v\n%s", proved, r.out)
	}
}

// TestUpInSeveralClusters sets two up in one run.
func TestUpInSeveralClusters(t *testing.T) {
	t.Parallel()
	s, other := start(t, "several1"), start(t, "several2")
	kubeconfig := clientcmdapi.NewConfig()
	for name, of := range map[string]*sandbox{"one": s, "two": other} {
		own, err := clientcmd.LoadFromFile(of.Kubeconfig)
		if err != nil {
			t.Fatal(err)
		}
		current := own.Contexts[own.CurrentContext]
		kubeconfig.Clusters[name], kubeconfig.AuthInfos[name] = own.Clusters[current.Cluster], own.AuthInfos[current.AuthInfo]
		kubeconfig.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
		kubeconfig.Contexts[name+"-again"] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	}
	s.Kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*kubeconfig, s.Kubeconfig); err != nil {
		t.Fatal(err)
	}
	s.run(t, s.up("--contexts", "one,one-again")...).expect(t, 2, "lead to the same cluster")
	s.run(t, s.up("--contexts", "one,twoo")...).expect(t, 2, `no context "twoo"; did you mean two`)
	// Both use the Infisical of the first, which runs on this machine as their pods do.
	s.run(t, s.up("--contexts", "one,two")...).expect(t, 0, "one: done in", "two: done in", "one: DASHSCOPE_API_KEY arrived", "two: DASHSCOPE_API_KEY arrived", "one ready", "two ready")
	s.run(t, s.up("--contexts", "one,two")...).expect(t, 0, "nothing to do")
	s.run(t, "doctor", "--contexts", "one,two").expect(t, 0, "2 clusters: 2 healthy")
}
