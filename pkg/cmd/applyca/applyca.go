// Package applyca is the command that puts the CA of Infisical's server into the cluster.
package applyca

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
	CA      flags.CAFile
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "apply-ca",
		Short: "Put the CA certificate of a self-hosted Infisical into the cluster",
		Long: `Write the CA certificate that signed Infisical's server certificate as a ConfigMap, which the store refers to.

The file is refused if it holds no certificate, an expired one, or a private key.`,
		Example: `  kubectl eso-infisical apply-ca --ca-file infisical-ca.crt`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error {
			if o.CA.Name == "" {
				return &setup.InputError{Problem: "say which certificate: --ca-file FILE"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.CA.AddFlags(cmd.Flags())
	flags.ConfigMap(cmd.Flags(), &o.Desired)
	flags.Store(cmd.Flags(), &o.Desired)
	flags.ForceConflicts(cmd.Flags(), &o.Desired)
	return cmd
}

// Run reads the file before it looks for the cluster, so that a wrong one changes nothing.
func Run(ctx context.Context, o *Options) error {
	bundle, err := o.CA.Read(o.Factory.Streams)
	if err != nil {
		return err
	}
	return o.Factory.Single("apply-ca", o.Desired, func(r *setup.Runner) (setup.Result, error) { return r.ApplyCA(ctx, bundle) })
}
