package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/docs"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/version"
)

// The end-to-end test TestTheCommandsOfTheDocs runs what is only parsed here. These tests need no cluster, and look at the generated pages, too.

// tree is a command tree that nobody has parsed anything with.
func tree() *cobra.Command {
	return New(version.Build{}, genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard, ErrOut: io.Discard})
}

// parse says what is wrong with the plugin's part in a command line.
func parse(line string) error {
	programs, err := docs.Words(line)
	if err != nil {
		return err
	}
	for _, words := range programs {
		args, ours := docs.OfPlugin(words)
		if !ours {
			continue
		}
		command, rest, err := tree().Find(args)
		if err != nil {
			return err
		}
		if len(args) > 0 && !command.Runnable() {
			return fmt.Errorf("%s does nothing by itself", command.CommandPath())
		}
		if err := command.ParseFlags(rest); err != nil {
			return err
		}
		if err := command.ValidateArgs(command.Flags().Args()); err != nil {
			return err
		}
	}
	return nil
}

func TestParse(t *testing.T) {
	for line, want := range map[string]string{
		"kubectl eso-infisical doctor --only EI3xx | less": "",
		"kubectl eso-infisical -n eso doctor":              "",
		"helm list --nope":                                 "",
		"kubectl eso-infisical":                            "",
		"kubectl eso-infisical doctr":                      "unknown command",
		"a; kubectl eso-infisical doctor --nope":           "unknown flag",
		"kubectl eso-infisical doctor EI310":               "unknown command",
		"kubectl eso-infisical up --timeout soon":          "invalid",
		"kubectl eso-infisical up --key":                   "needs an argument",
		"kubectl eso-infisical rotate":                     "does nothing",
		"kubectl eso-infisical up --key 'K":                "not closed",
	} {
		err := parse(line)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// handWritten are the pages that are not made from something else.
func handWritten(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "sandbox/*.md"} {
		names, err := filepath.Glob("../../" + pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			pages[name] = contents(t, name)
		}
	}
	return pages
}

func contents(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCommandsOfThePagesAreUnderstood(t *testing.T) {
	// The others are shown, not typed.
	shown := []string{"yaml", "json", "text"}
	for name, page := range handWritten(t) {
		for _, block := range docs.Blocks(page) {
			if block.Language != docs.Shell && !slices.Contains(shown, block.Language) {
				t.Errorf("%s:%d: the block must say that it is %s, or %s", name, block.Line, docs.Shell, strings.Join(shown, ", "))
			}
			if block.Language != docs.Shell {
				continue
			}
			for _, command := range block.Commands() {
				if err := parse(command.Text); err != nil {
					t.Errorf("%s:%d: %s: %v", name, command.Line, command.Text, err)
				}
			}
		}
	}
}

func TestExamplesAreUnderstood(t *testing.T) {
	found := 0
	visit(tree(), func(c *cobra.Command) {
		for _, command := range (docs.Block{Lines: strings.Split(c.Example, "\n")}).Commands() {
			found++
			if err := parse(command.Text); err != nil {
				t.Errorf("example of %s: %s: %v", c.CommandPath(), command.Text, err)
			}
		}
	})
	if found < 40 {
		t.Errorf("only %d examples were found", found)
	}
}

// visit goes through a command and all below it.
func visit(c *cobra.Command, look func(*cobra.Command)) {
	look(c)
	for _, below := range c.Commands() {
		visit(below, look)
	}
}

// Who follows a code's page must not learn that the program does not know its own flags.
func TestFixesOfTheCodesAreUnderstood(t *testing.T) {
	names, err := filepath.Glob("../../docs/codes/EI*.md")
	if err != nil || len(names) < 100 {
		t.Fatalf("%d pages, %v", len(names), err)
	}
	for _, name := range names {
		for _, block := range docs.Blocks(contents(t, name)) {
			for _, command := range block.Commands() {
				if err := parse(command.Text); err != nil {
					t.Errorf("%s:%d: %s: %v", name, command.Line, command.Text, err)
				}
			}
		}
	}
}

// Sentences name commands and flags without the words before them: `rotate ca --watch`, or `--watch` alone.
func TestSentencesNameCommandsAndFlagsThatThereAre(t *testing.T) {
	commands := map[string]bool{}
	flags := map[string]bool{}
	visit(tree(), func(c *cobra.Command) {
		if c.Parent() != nil && !c.Parent().HasParent() {
			commands[c.Name()] = true
		}
		c.InitDefaultHelpFlag()
		learn := func(f *pflag.Flag) { flags[f.Name] = true }
		c.LocalFlags().VisitAll(learn)
		c.PersistentFlags().VisitAll(learn)
	})
	for _, ofOthers := range []string{"name", "dir", "era", "list", "profile"} { // the sandbox's
		flags[ofOthers] = true
	}
	for name, page := range handWritten(t) {
		for _, span := range docs.Spans(page) {
			if strings.ContainsAny(span, "|…") { // bash|zsh|fish: several in one
				continue
			}
			words := strings.Fields(strings.TrimPrefix(span, "kubectl eso-infisical "))
			if len(words) == 0 {
				continue
			}
			if flag, isFlag := strings.CutPrefix(words[0], "--"); isFlag {
				if flag, _, _ = strings.Cut(flag, "="); flag != "" && !flags[flag] {
					t.Errorf("%s: there is no flag --%s", name, flag)
				}
			} else if commands[words[0]] && len(words) > 1 {
				if unknown := unknownIn(tree(), strings.Join(words, " ")); unknown != "" {
					t.Errorf("%s: %q names %s", name, span, unknown)
				}
			}
		}
	}
}
