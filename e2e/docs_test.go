//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/docs"
)

// TestTheCommandsOfTheDocs types every command of every page, from its top to its end, as a reader would: in a shell, in a folder with
// the files that the page speaks of, and on a cluster of the page's own. What is special about a command is in docsPages.
func TestTheCommandsOfTheDocs(t *testing.T) {
	t.Parallel()
	names := []string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "sandbox/*.md"} {
		found, err := filepath.Glob("../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	for _, name := range names {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		name = strings.TrimPrefix(name, "../")
		if blocks := docs.Blocks(string(page)); slices.ContainsFunc(blocks, func(b docs.Block) bool { return b.Language == docs.Shell }) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				follow(t, name, blocks, docsPages[name])
			})
		}
	}
}

// docsPage is what has to be known of a page to follow it.
type docsPage struct {
	// before brings the reader to where the page begins.
	before func(t *testing.T, r *reader)
	// steps are by the command, written in one line. A command that is not here must succeed as it stands.
	steps map[string]docsStep
}

// docsStep is what is special about a command.
type docsStep struct {
	// before is what has happened until the reader types it.
	before func(t *testing.T, r *reader)
	// code is how it must end.
	code int
	// until is what the reader waits for before Ctrl-C, where a command goes on for ever.
	until string
	// notRun says why nobody can run it here.
	notRun string
}

// follow does what a page says.
func follow(t *testing.T, name string, blocks []docs.Block, page docsPage) {
	r := newReader(t, name)
	if page.before != nil {
		page.before(t, r)
	}
	typed := map[string]bool{}
	for _, block := range blocks {
		if file := block.File(); file != "" {
			r.write(t, file, r.translate(strings.Join(block.Lines, "\n"))+"\n")
		}
		if block.Language != docs.Shell {
			continue
		}
		for _, command := range block.Commands() {
			line := oneLine(command.Text)
			step := page.steps[line]
			typed[line] = true
			if step.notRun != "" {
				continue
			}
			if step.before != nil {
				step.before(t, r)
			}
			r.types(t, command, step)
			if t.Failed() {
				t.Fatalf("%s:%d: what comes after it has not been tried", name, command.Line)
			}
		}
	}
	for line := range page.steps {
		if !typed[line] {
			t.Errorf("%s does not say %q any more", name, line)
		}
	}
}

// oneLine is a command without the line breaks and the comment behind it.
func oneLine(text string) string {
	text, _, _ = strings.Cut(strings.ReplaceAll(text, "\\\n", " "), " # ")
	return strings.Join(strings.Fields(text), " ")
}

// reader sits at a shell, with a cluster and a folder.
type reader struct {
	s           *sandbox
	dir         string
	environment []string
	values      []string
}

// newReader has no cluster yet.
func newReader(t *testing.T, name string) *reader {
	t.Helper()
	r := &reader{s: &sandbox{name: fmt.Sprintf("e2e-%d-docs-%s", os.Getpid(), strings.ToLower(strings.NewReplacer("/", "-", ".md", "").Replace(name)))}, dir: t.TempDir()}
	bin := filepath.Join(r.dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{plugin, "../bin/kubectl"} {
		if err := os.Symlink(absolute(t, program), filepath.Join(bin, filepath.Base(program))); err != nil {
			t.Fatal(err)
		}
	}
	// The sandbox under a name that no other test has.
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\" --name %s\n", absolute(t, sandboxBinary), r.s.name)
	if err := os.WriteFile(filepath.Join(bin, "eso-sandbox"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	r.environment = []string{"HOME=" + r.dir, "PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "LANG=C.UTF-8"}
	return r
}

// write puts a file into the reader's folder.
func (r *reader) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// copies gives the reader a file of the sandbox's under the name that the pages use.
func (r *reader) copies(t *testing.T, from, name string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, name, string(data))
}

// translate puts the sandbox's values in the place of the pages'.
func (r *reader) translate(text string) string { return strings.NewReplacer(r.values...).Replace(text) }

// clientID is a placeholder for what every machine identity has another of.
var clientID = regexp.MustCompile(`--client-id ID\b`)

// types enters a command and waits for its end, or for what ends it.
func (r *reader) types(t *testing.T, command docs.Command, step docsStep) {
	t.Helper()
	text := r.translate(command.Text)
	if clientID.MatchString(text) {
		text = clientID.ReplaceAllString(text, "--client-id "+read(t, r.s.Infisical.ClientIDFile))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	shell := &invocation{Cmd: exec.CommandContext(ctx, "bash", "-c", "set -o pipefail\n"+text), s: r.s}
	shell.Dir, shell.Env, shell.Stdout, shell.Stderr = r.dir, r.environment, &shell.out, &shell.errOut
	shell.WaitDelay = 5 * time.Second // a sandbox that was started holds the pipes open
	// Ctrl-C reaches all that a shell has started.
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	shown := make(chan struct{})
	if step.until != "" {
		shell.Stdout = &until{buffer: &shell.out, text: step.until, shown: shown}
	}
	began := time.Now()
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	if step.until != "" {
		awaitShown(t, shown, step.until)
		if err := syscall.Kill(-shell.Process.Pid, syscall.SIGINT); err != nil {
			t.Error(err)
		}
	}
	result := shell.finish(t)
	t.Logf("%.1fs, exit code %d: %s", time.Since(began).Seconds(), result.code, text)
	result.expect(t, step.code)
}
