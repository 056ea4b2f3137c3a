// Package test is the command that proves that secrets arrive in the cluster as Infisical has them.
package test

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/proof"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Desired setup.Desired
	Test    setup.Test
	Output  output.Format

	allKeys bool
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Prove that secrets of Infisical arrive as Kubernetes Secrets",
		Long: `Create an ExternalSecret for each key, or one for all that the store reads, wait for the Secrets, read the same keys from Infisical
directly, and compare by a keyed hash. No value is shown. A value that is empty, masked or different fails, although ESO calls it ready.

What the test made is removed afterwards, also when it fails or is interrupted. In a namespace that was there before, only
the test's own ExternalSecret goes. Exit code 3 says that secrets arrived, but could not be compared from here.`,
		Example: `  kubectl eso-infisical test --key DASHSCOPE_API_KEY
  kubectl eso-infisical test --all-keys --test-namespace team-a -o json`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	fs.StringArrayVar(&o.Test.Keys, "key", nil, "key of a secret in Infisical, such as DASHSCOPE_API_KEY; can be repeated")
	fs.BoolVar(&o.allKeys, "all-keys", false, "test all secrets that the store reads, with one ExternalSecret")
	flags.TestNamespace(fs, &o.Desired)
	flags.Store(fs, &o.Desired)
	flags.Verify(fs, &o.Desired)
	fs.Lookup("verify").Usage = "who reads from Infisical to compare: local (this machine); with cluster or none the values are not compared"
	flags.Via(fs, &o.Desired)
	flags.PlainHTTP(fs, &o.Desired)
	fs.BoolVar(&o.Test.Keep, "keep", false, "leave the test's ExternalSecret and Secret in place")
	fs.DurationVar(&o.Test.Timeout, "timeout", setup.TestTimeout, "how long to wait for the Secrets")
	o.Output.AddFlag(fs)
	return cmd
}

func (o *Options) validate() error {
	switch {
	case len(o.Test.Keys) == 0 && !o.allKeys:
		return &setup.InputError{Problem: "say which secret of Infisical to test with: --key NAME, or --all-keys"}
	case len(o.Test.Keys) > 0 && o.allKeys:
		return &setup.InputError{Problem: "--key and --all-keys exclude each other"}
	case o.Test.Timeout < time.Second:
		return &setup.InputError{Problem: "--timeout must be at least 1s"}
	}
	for _, key := range o.Test.Keys {
		if key == "" {
			return &setup.InputError{Problem: "--key must not be empty"}
		}
	}
	return nil
}

// Run tests and cleans up.
func Run(ctx context.Context, o *Options) error {
	var report proof.Report
	err := o.Factory.Step("test", o.Desired, func(r *setup.Runner) (err error) {
		if o.Desired, err = r.FindStore(ctx); err != nil {
			return err
		}
		report, err = r.Test(ctx, o.Test)
		return err
	})
	return o.print(report, err)
}
