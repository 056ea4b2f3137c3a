// Package bootstrap is the command that puts the machine identity's credentials into the cluster.
package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory     *clients.Factory
	Desired     setup.Desired
	Credentials flags.Credentials
	CA          flags.CAFile
	Output      output.Format
}

const kind = "Credentials"

// document is what the command prints for programs.
type document struct {
	output.Header
	Object  string `json:"object"`
	Outcome string `json:"outcome"`
	Detail  string `json:"detail"`
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults(), Credentials: flags.Credentials{Getenv: os.Getenv}}
	cmd := &cobra.Command{
		Use:   "bootstrap",
		Short: "Put the machine identity's client ID and client secret into the cluster",
		Long: `Write the client ID and client secret of Infisical's machine identity as a Secret, once they have been seen to work: with exactly
one login and one list against the project and environment that the store reads or is to read. Credentials that do not work are not
written. A Secret that somebody made by hand is taken over.

The client secret comes from standard input, a file, the environment or a hidden prompt, never from the command line.`,
		Example: `  kubectl eso-infisical bootstrap --host https://infisical.example.com --ca-file infisical-ca.crt --project archon-platform --client-id ID
  pass show infisical/eso | kubectl eso-infisical bootstrap --client-id ID --client-secret-stdin   # once there is a store
  kubectl eso-infisical bootstrap --client-id-file id.txt --client-secret-file secret.txt --verify=cluster`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.Credentials.AddFlags(cmd.Flags())
	o.CA.AddFlags(cmd.Flags())
	flags.Infisical(cmd.Flags(), &o.Desired)
	flags.Verify(cmd.Flags(), &o.Desired)
	flags.Via(cmd.Flags(), &o.Desired)
	flags.ForceConflicts(cmd.Flags(), &o.Desired)
	o.Output.AddFlag(cmd.Flags())
	return cmd
}

func (o *Options) validate() error {
	return errors.Join(o.Desired.Validate(), o.Credentials.Validate(), o.CA.ValidateWith(o.Credentials.Stdin))
}

// Run writes the credentials and says so.
func Run(ctx context.Context, o *Options) error {
	result, err := o.bootstrap(ctx)
	d := &document{Header: output.NewHeader(kind), Object: result.Object, Outcome: string(result.Outcome), Detail: result.Detail}
	return output.Write(o.Factory.Streams.Out, o.Output, kind, d, err, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, result)
		return err
	})
}

// bootstrap reads the credentials before it looks for the cluster, so that wrong input changes nothing.
func (o *Options) bootstrap(ctx context.Context) (setup.Result, error) {
	auth, err := o.Credentials.Read(ctx, o.Factory.Streams)
	if err != nil {
		return setup.Result{}, err
	}
	ca, err := o.CA.Optional(o.Factory.Streams)
	if err != nil {
		return setup.Result{}, err
	}
	runner, err := o.Factory.Runner(o.Desired)
	if err != nil {
		return setup.Result{}, err
	}
	runner.CA = ca
	o.Factory.Progress.Start("bootstrap")
	result, err := runner.Bootstrap(ctx, auth)
	o.Factory.Progress.Done("", err != nil)
	return result, err
}
