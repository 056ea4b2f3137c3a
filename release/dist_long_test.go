//go:build long

package release

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/release/krew"
)

// goreleaser and kubectl are built by make.
const (
	goreleaser = "../bin/goreleaser"
	kubectl    = "../bin/kubectl"
	tag        = "v0.1.0"
)

func run(t *testing.T, environment []string, name string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	command := exec.CommandContext(t.Context(), name, args...)
	command.Env = append(os.Environ(), environment...)
	command.Stdout, command.Stderr = &out, &out
	if err := command.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out.String())
	}
	return out.String()
}

func TestTheReleaseIsConfiguredAsGoreleaserWantsIt(t *testing.T) {
	run(t, nil, goreleaser, "check", "../.goreleaser.yaml")
}

// build makes the release of the commit that is checked out.
func build(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	run(t, nil, "./build.sh", goreleaser, tag, folder)
	return folder
}

func content(t *testing.T, folder, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestARelease(t *testing.T) {
	folder := build(t)
	m, err := krew.Read(content(t, folder, "eso-infisical.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range append(m.Problems("eso-infisical"), m.House()...) {
		t.Error(problem)
	}
	checksums := string(content(t, folder, "checksums.txt"))
	for _, pair := range krew.Released {
		t.Run(pair.String(), func(t *testing.T) {
			p, found := m.For(pair)
			if !found || !strings.Contains(checksums, p.SHA256+"  "+krew.Archive(pair)) {
				t.Fatalf("the manifest has %q, the checksums are\n%s", p.SHA256, checksums)
			}
			installed(t, pair, p, content(t, folder, krew.Archive(pair)))
		})
	}
	t.Run("a second build is the same", func(t *testing.T) {
		again := build(t)
		for _, name := range []string{"checksums.txt", "eso-infisical.yaml"} {
			if first, second := content(t, folder, name), content(t, again, name); !bytes.Equal(first, second) {
				t.Errorf("%s was\n%s\nand is\n%s", name, first, second)
			}
		}
	})
}

// installed lays the archive out as krew does, and runs what is in it, if it is for this machine, through kubectl.
func installed(t *testing.T, pair krew.Pair, p krew.Platform, archive []byte) {
	store, bin := t.TempDir(), t.TempDir()
	if _, err := p.Install(archive, store, bin); err != nil {
		t.Fatal(err)
	}
	if pages, err := os.ReadDir(filepath.Join(store, "man")); err != nil || len(pages) < 20 {
		t.Errorf("%d manual pages, %v", len(pages), err)
	}
	if pair.OS != runtime.GOOS || pair.Arch != runtime.GOARCH {
		return
	}
	found := []string{"PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "KUBECONFIG=" + filepath.Join(bin, "none")}
	if out := run(t, found, kubectl, "eso-infisical", "version"); !strings.Contains(out, fmt.Sprintf("%s (commit ", tag)) {
		t.Errorf("it says %s", out)
	}
	if out := run(t, found, kubectl, "eso-infisical", "explain", "EI310"); !strings.Contains(out, "EI310") {
		t.Errorf("it says %s", out)
	}
}
