// Package version is the command that says which build this is.
package version

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
)

// Build names a build of the program.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Date    string `json:"date"`
}

// document is what -o json and -o yaml give.
type document struct {
	output.Header
	Build
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// New makes the command. It needs neither a kubeconfig nor a cluster.
func New(build Build, streams genericiooptions.IOStreams) *cobra.Command {
	var format output.Format
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show the version of this program",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return run(build, format, streams) },
	}
	format.AddFlag(cmd.Flags())
	return cmd
}

func run(build Build, format output.Format, streams genericiooptions.IOStreams) error {
	d := &document{Header: output.NewHeader("Version"), Build: build, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	return output.Write(streams.Out, format, d.Kind, d, nil, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "kubectl-eso_infisical %s (commit %s, %s, %s)\n", d.Version, d.Commit, d.Go, d.Platform)
		return err
	})
}
