// Package architecture holds the tests of how the packages depend on each other.
package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	module = "github.com/eso-infisical/kubectl-eso-infisical/"
	// root is the module's folder as seen from here.
	root = "../../.."
)

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath, Dir  string
	GoFiles, Imports []string
	Standard         bool
}

// ours is the path within the module, or "" for another's package.
func ours(path string) string {
	rest, found := strings.CutPrefix(path, module)
	if !found {
		return ""
	}
	return rest
}

// list asks the go command about packages of the module.
func list(t *testing.T, args ...string) []goPackage {
	t.Helper()
	fields := "-json=ImportPath,Dir,GoFiles,Imports,Standard"
	command := exec.CommandContext(t.Context(), "go", append([]string{"list", fields}, args...)...)
	command.Dir = root
	noteTree(t)
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		t.Fatalf("list the packages: %v: %s", err, problems.String())
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// noteTree reads all our folders, so that the test's cached result counts no longer when a file is added: what the go command reads
// goes unnoticed.
func noteTree(t *testing.T) {
	t.Helper()
	for _, tree := range []string{"cmd", "pkg"} {
		err := filepath.WalkDir(filepath.Join(root, tree), func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// under reports whether path is the folder or lies below it.
func under(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }
