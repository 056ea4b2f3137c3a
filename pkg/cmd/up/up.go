// Package up is the command that does the whole runbook.
package up

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory     *clients.Factory
	Desired     setup.Desired
	Credentials flags.Credentials
	CA          flags.CAFile
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults(), Credentials: flags.Credentials{Getenv: os.Getenv}}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Do all of it: install, bootstrap, apply-ca, apply-store, test, cleanup",
		Long: `Take the cluster from nothing to "secrets from Infisical arrive as Kubernetes Secrets", and prove it with one key.

Each step changes only what is not right yet, so that the command can be repeated at any time: after an interruption it
goes on where it stopped, and when all is right it changes nothing. What is not given is taken from the cluster.`,
		Example: `  kubectl eso-infisical up --host https://infisical.example.com --ca-file infisical-ca.crt \
    --project archon-platform --client-id ID --client-secret-file secret.txt --key DASHSCOPE_API_KEY`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags.Infisical(cmd.Flags(), &o.Desired)
	flags.Verify(cmd.Flags(), &o.Desired)
	flags.Via(cmd.Flags(), &o.Desired)
	flags.ForceConflicts(cmd.Flags(), &o.Desired)
	o.Credentials.AddFlags(cmd.Flags())
	o.CA.AddFlags(cmd.Flags())
	flags.Test(cmd.Flags(), &o.Desired)
	flags.Chart(cmd.Flags(), &o.Desired)
	flags.Wait(cmd.Flags(), &o.Desired)
	return cmd
}

// Run checks all inputs before it changes anything, then takes the steps in order.
func Run(ctx context.Context, o *Options) error {
	start := time.Now()
	in, err := o.readInputs(ctx)
	if err != nil {
		return err
	}
	runner, err := o.Factory.Runner(o.Desired)
	if err != nil {
		return err
	}
	if err := runner.Check(ctx, &in); err != nil {
		return err
	}
	altered := 0
	for _, step := range runner.Steps(in) {
		result, err := o.Factory.Do(step.Name, func() (setup.Result, error) { return step.Run(ctx) })
		if err != nil {
			return err
		}
		if result.Outcome.Altered() {
			altered++
		}
		o.Factory.Note(result.Notes...)
		if result.Proof != "" {
			fmt.Fprintln(o.Factory.Streams.Out, result.Proof)
		}
	}
	took := time.Since(start).Seconds()
	if altered == 0 {
		fmt.Fprintf(o.Factory.Streams.Out, "nothing to do: everything is as it should be (%.1f s)\n", took)
		return nil
	}
	fmt.Fprintf(o.Factory.Streams.Out, "done in %.1f s: secrets of project %s arrive through ClusterSecretStore %s\n",
		took, runner.Desired.Project, runner.Desired.Store)
	return nil
}

func (o *Options) validate() error {
	if o.Desired.ReadsStdin() && o.Credentials.Stdin {
		return &setup.InputError{Problem: "standard input can hold the chart or the client secret, not both; give one of them as a file"}
	}
	return errors.Join(o.Desired.Validate(), o.Credentials.Validate(), o.CA.ValidateWith(o.Credentials.Stdin || o.Desired.ReadsStdin()))
}

func (o *Options) readInputs(ctx context.Context) (setup.Inputs, error) {
	in := setup.Inputs{Ask: func(ctx context.Context) (infisical.UniversalAuth, error) {
		return o.Credentials.Read(ctx, o.Factory.Streams)
	}}
	var err error
	if in.CA, err = o.CA.Optional(o.Factory.Streams); err != nil {
		return in, err
	}
	if o.Credentials.Given() {
		auth, err := o.Credentials.Read(ctx, o.Factory.Streams)
		if err != nil {
			return in, err
		}
		in.Credentials = &auth
	}
	return in, nil
}
