// Package install is the command that brings External Secrets Operator into a cluster.
package install

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Desired setup.Desired
	Repair  Repair
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Install External Secrets Operator with Helm and wait until it works",
		Long: `Install External Secrets Operator with Helm and wait until its webhook answers the API server.

A release that is installed is left as it is. One that an interruption left half-made is completed.
The custom resource definitions are marked to be kept when the release is removed.

With --repair, what stands in the way is mended first: a release whose run has died, definitions that hang in their deletion, webhook
configurations that lead nowhere or to a certificate that is not trusted. Each is named and asked for before.`,
		Example: `  kubectl eso-infisical install
  kubectl eso-infisical install --version 2.4.1
  kubectl eso-infisical install --chart ./external-secrets-2.4.1.tgz
  kubectl eso-infisical install --repair --dry-run`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.Repair.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags.Chart(cmd.Flags(), &o.Desired)
	o.Repair.addFlags(cmd.Flags())
	return cmd
}

// Run installs, and repairs first if it was told to.
func Run(ctx context.Context, o *Options) error {
	if o.Repair.Enabled {
		return o.repairFirst(ctx)
	}
	return o.Factory.Single("install", o.Desired, func(r *setup.Runner) (setup.Result, error) { return r.Install(ctx) })
}
