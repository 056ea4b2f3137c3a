// Package doctor is the command that says what is wrong with a cluster's way from Infisical to its Secrets.
package doctor

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Desired setup.Desired
	Timeout time.Duration
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is wrong and how to mend it, without changing anything",
		Long: `Look at External Secrets Operator, its stores for Infisical and what belongs to them, and name what is wrong.
Nothing is changed.

Exit code: 0 all is well, 1 something is wrong, 3 something could not be found out.`,
		Example: `  kubectl eso-infisical doctor`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.Desired.Release, "release", o.Desired.Release, "name of the Helm release")
	cmd.Flags().DurationVar(&o.Timeout, "timeout", 30*time.Second, "how long the examination may take")
	return cmd
}

// Run examines and reports.
func Run(ctx context.Context, o *Options) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	// Not every call takes the context, and none may outlast it.
	if limit := o.Factory.Connection.Flags.Timeout; *limit == "0" {
		*limit = o.Timeout.String()
	}
	runner, err := o.Factory.Runner(o.Desired)
	if err != nil {
		return err
	}
	report := doctor.Examine(ctx, doctor.Cluster{Namespace: runner.Desired.Namespace, Release: runner.Desired.Release,
		Dynamic: runner.Dynamic, Typed: runner.Typed, ReadRelease: runner.Releases.Get})
	if err := report.WriteText(o.Factory.Streams.Out); err != nil {
		return err
	}
	switch {
	case report.Count(doctor.Fail) > 0:
		return output.ErrFindings
	case report.Count(doctor.Unknown) > 0:
		return output.ErrUnknown
	}
	return nil
}
