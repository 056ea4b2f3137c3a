// Package version is the command that says which build this is.
package version

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Build names a build of the program.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Date    string `json:"date"`
}

// New makes the command. It needs neither a kubeconfig nor a cluster.
func New(build Build, streams genericiooptions.IOStreams) *cobra.Command {
	output := ""
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show the version of this program",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return run(build, output, streams) },
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

func run(build Build, output string, streams genericiooptions.IOStreams) error {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	switch output {
	case "text":
		_, err := fmt.Fprintf(streams.Out, "kubectl-eso_infisical %s (commit %s, %s, %s)\n", build.Version, build.Commit, runtime.Version(), platform)
		return err
	case "json":
		return json.NewEncoder(streams.Out).Encode(struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Build
			Go       string `json:"go"`
			Platform string `json:"platform"`
		}{"eso-infisical.dev/v1alpha1", "Version", build, runtime.Version(), platform})
	default:
		return &setup.InputError{Problem: fmt.Sprintf("--output %q is not known; use text or json", output)}
	}
}
