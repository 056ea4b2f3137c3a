// Package applystore is the command that connects the cluster to a project of Infisical.
package applystore

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
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "apply-store",
		Short: "Connect the cluster to an Infisical project with a ClusterSecretStore, and wait until it is ready",
		Long: `Write the ClusterSecretStore for a project of Infisical and wait until External Secrets Operator has judged it.

If it is not ready, the cause is named, with what to do. What is not given is taken from the existing store.`,
		Example: `  kubectl eso-infisical apply-store --host https://infisical.example.com --project archon-platform
  kubectl eso-infisical apply-store --environment staging`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.Desired.Validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags.Infisical(cmd.Flags(), &o.Desired)
	flags.Auth(cmd.Flags(), &o.Desired)
	flags.ForceConflicts(cmd.Flags(), &o.Desired)
	return cmd
}

// Run applies the store.
func Run(ctx context.Context, o *Options) error {
	return o.Factory.Single("apply-store", o.Desired, func(r *setup.Runner) (setup.Result, error) {
		if err := r.Remember(ctx); err != nil {
			return setup.Result{}, err
		}
		return r.ApplyStore(ctx)
	})
}
