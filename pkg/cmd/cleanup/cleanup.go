// Package cleanup is the command that removes what tests have left behind.
package cleanup

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Desired setup.Desired
	Wait    bool
	Timeout time.Duration
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "cleanup",
		Short: "Remove what tests have left behind",
		Long: `Remove the tests' ExternalSecrets and their namespace. Only what this program made is removed: a namespace that was
there before stays.`,
		Example: `  kubectl eso-infisical cleanup`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags.TestNamespace(cmd.Flags(), &o.Desired)
	cmd.Flags().BoolVar(&o.Wait, "wait", true, "wait until the namespace is gone")
	cmd.Flags().DurationVar(&o.Timeout, "timeout", time.Minute, "how long to wait")
	return cmd
}

// Run cleans up.
func Run(ctx context.Context, o *Options) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	return o.Factory.Single("cleanup", o.Desired, func(r *setup.Runner) (setup.Result, error) { return r.Cleanup(ctx, o.Wait) })
}
