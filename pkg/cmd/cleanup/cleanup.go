// Package cleanup is the command that removes what tests have left behind.
package cleanup

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Desired setup.Desired
	Wait    bool
	Timeout time.Duration
	Output  output.Format
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "cleanup",
		Short: "Remove what tests have left behind",
		Long: `Remove the tests' ExternalSecrets and their namespace. Only what this program made is removed: a namespace that was
there before stays, and so does one in which there is anything else. If the namespace hangs, it is said on what.`,
		Example: `  kubectl eso-infisical cleanup
  kubectl eso-infisical cleanup --wait=false`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags.TestNamespace(cmd.Flags(), &o.Desired)
	cmd.Flags().BoolVar(&o.Wait, "wait", true, "wait until the namespace is gone")
	cmd.Flags().DurationVar(&o.Timeout, "timeout", time.Minute, "how long to wait")
	o.Output.AddFlag(cmd.Flags())
	return cmd
}

// kind of the document.
const kind = "CleanupResult"

type document struct {
	output.Header
	Namespace string `json:"namespace"`
	Outcome   string `json:"outcome,omitempty"`
	Detail    string `json:"detail,omitempty"`
}

// Run cleans up.
func Run(ctx context.Context, o *Options) error {
	limited, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	var result setup.Result
	err := o.Factory.Step("cleanup", o.Desired, func(r *setup.Runner) (err error) {
		result, err = r.Cleanup(limited, o.Wait)
		return err
	})
	d := &document{Header: output.NewHeader(kind), Namespace: o.Desired.TestNamespace}
	if err == nil {
		d.Outcome, d.Detail = string(result.Outcome), result.Detail
	}
	return output.Write(o.Factory.Streams.Out, o.Output, kind, d, err, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, result)
		return err
	})
}
