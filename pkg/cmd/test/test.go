// Package test is the command that proves that a secret arrives in the cluster as Infisical has it.
package test

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
	Keep    bool
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Prove that a secret of Infisical arrives as a Kubernetes Secret",
		Long: `Create an ExternalSecret for one key, wait for its Secret, read the same key from Infisical directly, and compare the
two by a keyed hash. No value is shown. What the test made is removed afterwards, also when it fails or is interrupted.`,
		Example: `  kubectl eso-infisical test --key DASHSCOPE_API_KEY`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error {
			if o.Desired.Key == "" {
				return &setup.InputError{Problem: "say which secret of Infisical to test with: --key NAME"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags.Test(cmd.Flags(), &o.Desired)
	flags.Store(cmd.Flags(), &o.Desired)
	flags.Via(cmd.Flags(), &o.Desired)
	cmd.Flags().BoolVar(&o.Keep, "keep", false, "leave the test's ExternalSecret and Secret in place")
	return cmd
}

// Run tests and cleans up.
func Run(ctx context.Context, o *Options) error {
	return o.Factory.Single("test", o.Desired, func(r *setup.Runner) (setup.Result, error) {
		if err := r.Remember(ctx); err != nil {
			return setup.Result{}, err
		}
		proof, err := r.Test(ctx, o.Keep)
		if err == nil && !o.Keep {
			_, err = r.Cleanup(ctx, false)
		}
		return setup.Result{Object: "externalsecret/" + setup.TestName(o.Desired.Key), Outcome: "proved", Detail: proof.String()}, err
	})
}
