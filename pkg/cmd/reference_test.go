package cmd

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/version"
)

//go:generate go test -run ^TestReferenceIsUpToDate$ . -update

var update = flag.Bool("update", false, "write docs/reference and docs/man anew")

// manual is a folder of pages that are made from the commands, one page for each.
type manual struct {
	folder, separator, ending string
	write                     func(cmd *cobra.Command, w io.Writer) error
}

var manuals = []manual{
	{"../../docs/reference", "_", ".md", markdown},
	{"../../docs/man", "-", ".1", func(cmd *cobra.Command, w io.Writer) error {
		return doc.GenMan(cmd, &doc.GenManHeader{Section: "1", Source: "kubectl eso-infisical", Manual: "kubectl eso-infisical"}, w)
	}},
}

const elsewhere = "### Options for every command\n\nThose by which the cluster is found, `--color` and `-v` are on the page of [kubectl eso-infisical](kubectl_eso-infisical.md).\n\n"

func markdown(cmd *cobra.Command, w io.Writer) error {
	var page bytes.Buffer
	page.WriteString("<!-- Generated from the commands by go generate ./pkg/cmd; change it there. -->\n\n")
	if err := doc.GenMarkdown(cmd, &page); err != nil {
		return err
	}
	text := page.String()
	if cmd.HasParent() {
		text = strings.Replace(text, "### SEE ALSO", elsewhere+"### SEE ALSO", 1)
	}
	_, err := io.WriteString(w, strings.TrimRight(text, "\n")+"\n")
	return err
}

// pages are those of a command and of all below it, by the names of their files.
func (m manual) pages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	var visit func(cmd *cobra.Command)
	root := New(version.Build{}, genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: io.Discard, ErrOut: io.Discard})
	// It is the home of whoever writes the pages, not of whoever reads them.
	root.PersistentFlags().Lookup("cache-dir").DefValue = "$HOME/.kube/cache"
	visit = func(cmd *cobra.Command) {
		// What goes with every command is on the first page only.
		root.PersistentFlags().VisitAll(func(f *pflag.Flag) { f.Hidden = cmd != root })
		cmd.DisableAutoGenTag = true
		var page bytes.Buffer
		if err := m.write(cmd, &page); err != nil {
			t.Fatal(err)
		}
		pages[strings.ReplaceAll(cmd.CommandPath(), " ", m.separator)+m.ending] = page.String()
		for _, below := range cmd.Commands() {
			if below.IsAvailableCommand() {
				visit(below)
			}
		}
	}
	visit(root)
	return pages
}

func TestReferenceIsUpToDate(t *testing.T) {
	const hint = "run go generate ./pkg/cmd"
	for _, m := range manuals {
		pages := m.pages(t)
		if *update {
			m.renew(t, pages)
		}
		files, err := os.ReadDir(m.folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if _, meant := pages[file.Name()]; !meant {
				t.Errorf("%s/%s is of no command; %s", m.folder, file.Name(), hint)
			}
		}
		for name, want := range pages {
			there, err := os.ReadFile(filepath.Join(m.folder, name))
			if err != nil {
				t.Errorf("%v; %s", err, hint)
			} else if diff := cmp.Diff(want, string(there)); diff != "" {
				t.Errorf("%s/%s is out of date; %s\n%s", m.folder, name, hint, diff)
			}
		}
	}
}

// renew replaces all that is in the folder.
func (m manual) renew(t *testing.T, pages map[string]string) {
	t.Helper()
	if err := os.RemoveAll(m.folder); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(m.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(m.folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A page that names this machine would differ on every other.
func TestTheReferenceNamesNoHome(t *testing.T) {
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manuals {
		for name, page := range m.pages(t) {
			if strings.Contains(page, home) {
				t.Errorf("%s names %s", name, home)
			}
		}
	}
}
