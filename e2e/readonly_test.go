//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/version"
)

const ownAgent = "kubectl-eso-infisical/"

// TestWhatOnlyLooksChangesNothing holds every command that only reads, and every flag by which a command is to change nothing, to the API
// server's own record of what was asked of it: without ESO, and with all that there is to change.
func TestWhatOnlyLooksChangesNothing(t *testing.T) {
	t.Parallel()
	s := start(t, "readonly")
	runs := s.harmlessRuns(t)
	look := func(t *testing.T) {
		for _, args := range runs {
			t.Run(strings.Join(args, " "), func(t *testing.T) { s.harmless(t, args) })
		}
	}
	t.Run("without ESO", look)
	s.mustRun(t, s.up()...)
	s.mustRun(t, "test", "--keep", "--key", s.Infisical.Key)
	before := versions(t, s.client(t))
	t.Run("with all there is", look)
	after := versions(t, s.client(t))
	for name, version := range before {
		if strings.HasPrefix(name, "Secret/") && after[name] != version {
			t.Errorf("%s is not as it was", name)
		}
	}
	t.Run("what changes something is seen", func(t *testing.T) {
		from := len(s.audited(t, ownAgent, 0))
		s.mustRun(t, "cleanup")
		if !slices.ContainsFunc(s.audited(t, ownAgent, from), request.changes) {
			t.Error("a cleanup is not seen to delete anything, so nothing is proved")
		}
	})
}

// harmless runs the plugin and looks at what it has asked. However the run ends, it must have changed nothing.
func (s *sandbox) harmless(t *testing.T, args []string) {
	t.Helper()
	from := len(s.audited(t, ownAgent, 0))
	r := s.run(t, args...)
	if r.code == 2 {
		t.Fatalf("the command line is refused, so nothing is proved: %v", r)
	}
	for _, request := range s.audited(t, ownAgent, from) {
		if request.changes() {
			t.Errorf("sent %s", request)
		}
	}
}

// harmlessRuns are the command lines of all that must change nothing. A flag that says so of any command is found in the command tree, so that
// none is forgotten.
func (s *sandbox) harmlessRuns(t *testing.T) [][]string {
	t.Helper()
	context := "eso-sandbox-" + s.name
	runs := [][]string{{"status"}, {"status", "-o", "wide"}, {"status", "-o", "json", "--failing"}, {"doctor", "--verbose"}, {"doctor", "--live"},
		{"doctor", "--contexts", context}, {"doctor", "--all-contexts", "-o", "json"}, {"support-bundle", "--file", "-"}, {"explain", "EI310"}, {"version"}}
	for _, format := range []string{"text", "wide", "json", "yaml", "junit", "sarif", "markdown", "html"} {
		runs = append(runs, []string{"doctor", "-o", format})
	}
	needs := s.needs()
	var visit func(c *cobra.Command, path []string)
	visit = func(c *cobra.Command, path []string) {
		for _, sub := range c.Commands() {
			visit(sub, append(slices.Clone(path), sub.Name()))
		}
		for _, flag := range harmlessFlags(c) {
			name, _, _ := strings.Cut(flag, "=")
			more, known := needs[strings.Join(path, " ")+" --"+name]
			if !known {
				more, known = needs[strings.Join(path, " ")]
			}
			if !known {
				t.Errorf("%v has --%s and no command line in this test: add one to needs", path, flag)
				continue
			}
			runs = append(runs, slices.Concat(path, more, []string{"--" + flag}))
		}
	}
	root := cmd.New(version.Build{}, genericiooptions.NewTestIOStreamsDiscard())
	for _, c := range root.Commands() {
		visit(c, []string{c.Name()})
	}
	if len(runs) < 20 {
		t.Fatalf("only %d command lines", len(runs))
	}
	return runs
}

// harmlessFlags are the command's own by which it is to change nothing, with each value that they have.
func harmlessFlags(c *cobra.Command) []string {
	var found []string
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		switch name := f.Name; {
		case name == "dry-run" && f.Value.Type() == "bool":
			found = append(found, "dry-run")
		case name == "dry-run":
			found = append(found, "dry-run=client", "dry-run=server")
		case name == "print-client-secret":
			// It belongs to what is made, and changes nothing about that.
		case name == "plan", name == "diff", name == "list-images", name == "schema", strings.HasPrefix(name, "print-"):
			found = append(found, name)
		}
	})
	return found
}

// needs is what a command must be told beside such a flag, or beside that one alone.
func (s *sandbox) needs() map[string][]string {
	return map[string][]string{
		"doctor":           nil,
		"doctor --dry-run": {"--fix"},
		"install":          s.chart(),
		"apply-store":      s.project(),
		"upgrade":          s.chart(),
		"uninstall":        nil,
		"init":             nil,
		"up":               s.up()[1:],
	}
}
