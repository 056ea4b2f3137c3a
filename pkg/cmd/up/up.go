// Package up is the command that does the whole runbook.
package up

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/runbook"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory     *clients.Factory
	Desired     setup.Desired
	Credentials flags.Credentials
	CA          flags.CAFile
	Choice      runbook.Choice
	Contexts    flags.Contexts
	// DryRun shows the plan alone, as seen from here or by asking the API server as well.
	DryRun flags.DryRun
	Yes    bool
	Output output.Format
	// File says what is wanted, for one store or for several.
	File flags.SetupFile

	// targets are the stores to set up.
	targets []flags.Target
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults(), Credentials: flags.Credentials{Getenv: os.Getenv}}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Do all of it: install, bootstrap, apply-ca, apply-store, test, cleanup",
		Long: `Take the cluster from nothing to "secrets from Infisical arrive as Kubernetes Secrets", and prove it with one key.

First everything is looked at, and a plan says what is right and what will change; on a terminal you are asked before anything is done. Then the
steps run, side by side where nothing forbids it: the credentials and the CA come while External Secrets Operator starts. Each step changes only
what is not right yet, so that the command can be repeated at any time: after an interruption it goes on where it stopped, and when all is right
it changes nothing. What is not given is taken from the cluster. One run at a time works on a cluster.`,
		Example: `  kubectl eso-infisical up --host https://infisical.example.com --ca-file infisical-ca.crt \
    --project archon-platform --client-id ID --client-secret-file secret.txt --key DASHSCOPE_API_KEY
  kubectl eso-infisical up -f setup.yaml
  kubectl eso-infisical up --key DASHSCOPE_API_KEY --dry-run=client
  kubectl eso-infisical up --key DASHSCOPE_API_KEY --from-step apply-store
  kubectl eso-infisical up --contexts prod-eu,prod-us --key DASHSCOPE_API_KEY --yes`,
		Args:    cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return o.complete(cmd.Flags()) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *Options) addFlags(fs *pflag.FlagSet) {
	o.File.AddFlags(fs)
	flags.Infisical(fs, &o.Desired)
	flags.Verify(fs, &o.Desired)
	flags.Via(fs, &o.Desired)
	flags.ForceConflicts(fs, &o.Desired)
	o.Credentials.AddFlags(fs)
	o.CA.AddFlags(fs)
	flags.Test(fs, &o.Desired)
	flags.Chart(fs, &o.Desired)
	flags.Wait(fs, &o.Desired)
	fs.Var(&stepValue{one: &o.Choice.From}, "from-step", "leave out the steps before this one, which are not even looked at: "+stepList)
	fs.Var(&stepValue{many: &o.Choice.Only}, "only", "take these steps alone, separated by commas")
	o.Contexts.AddFlags(fs, "set up")
	o.DryRun.AddMode(fs)
	fs.BoolVarP(&o.Yes, "yes", "y", false, "do not ask before the plan is carried out")
	o.Output.AddFlag(fs)
}

func (o *Options) complete(fs *pflag.FlagSet) error {
	if o.Desired.ReadsStdin() && o.Credentials.Stdin {
		return &setup.InputError{Problem: "standard input can hold the chart or the client secret, not both; give one of them as a file"}
	}
	err := errors.Join(o.Desired.Validate(), o.Credentials.Validate(), o.CA.ValidateWith(o.Credentials.Stdin || o.Desired.ReadsStdin()), o.Choice.Validate())
	if err != nil {
		return err
	}
	if o.Contexts.Several() && o.Desired.ReadsStdin() {
		return &setup.InputError{Problem: "standard input can be read for one cluster only; give the chart or its values as a file with --contexts"}
	}
	o.targets, err = o.File.Targets(fs, flags.Target{Desired: o.Desired, Credentials: &o.Credentials, CA: &o.CA}, o.Factory.Streams)
	if err != nil {
		return err
	}
	return o.Contexts.Choose(fs, o.Factory.Connection)
}
