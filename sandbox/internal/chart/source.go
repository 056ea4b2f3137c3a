// Package chart makes and serves the sandbox's chart repository: charts of External Secrets Operator as its release process would
// make them, from the Go modules that hold the sources.
package chart

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// The versions of External Secrets Operator whose charts and CRDs the sandbox has: the one to install, and an older one to upgrade
// from.
const (
	Version      = "1.3.2"
	OlderVersion = "0.20.4"
)

const (
	name         = "external-secrets"
	sourceModule = "github.com/external-secrets/external-secrets"
)

// release is one version of the chart.
type release struct {
	version string
	// sum is what the Go checksum database says of the module with its sources. Not each of them is a module that this program is
	// built from, so no go.sum holds them all.
	sum string
}

// releases are in the order of the index: the newest first.
var releases = []release{
	{Version, "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ="},
	{OlderVersion, "h1:HhNAjWfFEshhItphr28SGsHzf2bUP7uDAOVLg76uNAg="},
}

// archive is the file name of the packaged chart.
func (r release) archive() string { return name + "-" + r.version + ".tgz" }

// Files are the names of the files that make up the chart repository.
func Files() []string {
	names := []string{indexFile}
	for _, r := range releases {
		names = append(names, r.archive())
	}
	return names
}

// source finds the chart's sources: the directory of the module, downloaded if it is not in the module cache yet.
func (r release) source(ctx context.Context) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", sourceModule+"@v"+r.version)
	cmd.Dir = os.TempDir() // outside any module, whose go.mod could get in the way
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	var module struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(stdout.Bytes(), &module); err != nil {
		return "", fmt.Errorf("download the chart's sources: %w: %s; go must be in PATH", errors.Join(runErr, err), stderr.Bytes())
	}
	if module.Error != "" {
		return "", fmt.Errorf("download the chart's sources: %s; check that go can reach its module proxy", module.Error)
	}
	if module.Sum != r.sum {
		return "", fmt.Errorf("check the chart's sources: the checksum is %s, not %s; empty the module cache (go clean -modcache) and try again", module.Sum, r.sum)
	}
	return module.Dir, nil
}

func chartDir(source string) string { return filepath.Join(source, "deploy", "charts", name) }
