// Package chart makes and serves the sandbox's chart repository: the chart of External Secrets Operator as its release process
// would make it, from the Go module that holds the sources.
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

// Version is the version of External Secrets Operator whose chart and CRDs the sandbox has.
const Version = "1.3.2"

const (
	name         = "external-secrets"
	sourceModule = "github.com/external-secrets/external-secrets"
	// sourceSum is what the Go checksum database says of the module. The module is not one this program is built from, so no
	// go.sum holds it.
	sourceSum = "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ="
)

// Source finds the chart's sources: the directory of the module, downloaded if it is not in the module cache yet.
func Source(ctx context.Context) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", sourceModule+"@v"+Version)
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
	if module.Sum != sourceSum {
		return "", fmt.Errorf("check the chart's sources: the checksum is %s, not %s; empty the module cache (go clean -modcache) and try again", module.Sum, sourceSum)
	}
	return module.Dir, nil
}

func chartDir(source string) string { return filepath.Join(source, "deploy", "charts", name) }
