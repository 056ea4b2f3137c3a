package cmd

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/version"
)

// advised is a command line of this program within a text, up to the end of its clause. What a flag is given may be anything.
var advised = regexp.MustCompile(`kubectl eso-infisical ([^;,:()]*)`)

// literals are the texts in the sources of a package.
func literals(t *testing.T, dir string) []string {
	t.Helper()
	var texts []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					texts = append(texts, text)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// unknownIn is what a command line names that there is not, or "".
func unknownIn(root *cobra.Command, line string) string {
	words := strings.Fields(line)
	for len(words) > 1 && words[0] == "-n" {
		words = words[2:]
	}
	if len(words) == 0 {
		return ""
	}
	command, _, err := root.Find(words)
	if err != nil || command == root {
		return "the command " + words[0]
	}
	for _, word := range words {
		name, isFlag := strings.CutPrefix(word, "--")
		name, _, _ = strings.Cut(strings.TrimRight(name, "."), "=")
		if isFlag && name != "" && command.Flag(name) == nil {
			return "the flag --" + name + " of " + command.CommandPath()
		}
	}
	return ""
}

// Who follows an advice at night must not learn that the program does not know its own flags.
func TestAdviceNamesCommandsAndFlagsThatThereAre(t *testing.T) {
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	root := New(version.Build{}, streams)
	found := 0
	for _, dir := range []string{"../cause", "../catalogue", "../preflight", "../runbook", "../setup", "../upgrade", "../verify", "../trust"} {
		for _, text := range literals(t, dir) {
			for _, match := range advised.FindAllStringSubmatch(text, -1) {
				found++
				if unknown := unknownIn(root, match[1]); unknown != "" {
					t.Errorf("%s: %q names %s", dir, match[0], unknown)
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d command lines were found", found)
	}
	for line, want := range map[string]string{"upgrade --take-ownership": "the flag --take-ownership of kubectl eso-infisical upgrade", "upgrad --plan": "the command upgrad",
		"-n x install --release=y again": ""} {
		if got := unknownIn(root, line); got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
}

// flagged is a flag that a text names, with the word before it.
var flagged = regexp.MustCompile(`(\S*)\s?\(?--([a-z]+(?:-[a-z]+)*)`)

// shared are flags that a text of pkg/verify or pkg/trust may name by itself, each with the flag of all the commands that may come to that text.
var shared = map[string]string{"via": "via", "verify": "verify", "ca-password-file": "ca-file", "ca-file": "from-server", "from-server": "from-server"}

// What these packages say, many commands show, and not each of them has every flag.
func TestWhatManyCommandsShowNamesNoFlagThatOneLacks(t *testing.T) {
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	root := New(version.Build{}, streams)
	for _, dir := range []string{"../verify", "../trust"} {
		for _, text := range literals(t, dir) {
			for _, match := range flagged.FindAllStringSubmatch(text, -1) {
				before, flag := strings.TrimPrefix(match[1], "("), match[2]
				command, _, err := root.Find([]string{before})
				if err == nil && command != root && command.Flag(flag) != nil || advised.MatchString(text) && unknownIn(root, advised.FindStringSubmatch(text)[1]) == "" {
					continue
				}
				if shared[flag] == "" {
					t.Errorf("%s: %q names --%s without the command that has it", dir, text, flag)
				}
			}
		}
	}
	each(root, func(c *cobra.Command) {
		for flag, with := range shared {
			if c.Flags().Lookup(with) != nil && c.Flags().Lookup(flag) == nil {
				t.Errorf("%s has --%s and not --%s", c.CommandPath(), with, flag)
			}
		}
	})
}

// each visits a command and all below it.
func each(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		each(sub, visit)
	}
}
