// Package bootstrap is the command that puts the machine identity's credentials into the cluster.
package bootstrap

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory     *clients.Factory
	Desired     setup.Desired
	Credentials flags.Credentials
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults(), Credentials: flags.Credentials{Getenv: os.Getenv}}
	cmd := &cobra.Command{
		Use:   "bootstrap",
		Short: "Put the machine identity's client ID and client secret into the cluster",
		Long: `Write the client ID and client secret of Infisical's machine identity as a Secret, by server-side apply.

The client secret comes from standard input, a file, the environment or a hidden prompt, never from the command line.`,
		Example: `  kubectl eso-infisical bootstrap --client-id 3e5d…
  pass show infisical/eso | kubectl eso-infisical bootstrap --client-id 3e5d… --client-secret-stdin`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.Credentials.Validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.Credentials.AddFlags(cmd.Flags())
	flags.Secret(cmd.Flags(), &o.Desired)
	flags.Store(cmd.Flags(), &o.Desired)
	flags.ForceConflicts(cmd.Flags(), &o.Desired)
	return cmd
}

// Run reads the credentials before it looks for the cluster, so that wrong input changes nothing.
func Run(ctx context.Context, o *Options) error {
	auth, err := o.Credentials.Read(ctx, o.Factory.Streams)
	if err != nil {
		return err
	}
	return o.Factory.Single("bootstrap", o.Desired, func(r *setup.Runner) (setup.Result, error) { return r.Bootstrap(ctx, auth) })
}
