package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// CreateOptions are the command's inputs.
type CreateOptions struct {
	Common
	SecretTTL         time.Duration
	Output            output.Format
	PrintClientSecret bool
}

func newCreate(f *clients.Factory, run func(context.Context, *CreateOptions) error) *cobra.Command {
	o := &CreateOptions{Common: newCommon(f)}
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make the machine identity and bring its credentials into the cluster, without showing them",
		Long: `Find or make the machine identity eso-PROJECT in Infisical, attach universal auth, add it to the project as viewer, create a
client secret, see it work, and write it into the cluster as "bootstrap" does. What is there already is kept, so that the command
can be repeated: there is one identity, and one valid client secret of this cluster.

A viewer sees every environment of the project. With --environment-only the identity has no role and may read --environment from
--path on, and nothing else. With --auth kubernetes there is no client secret: ESO logs in with its ServiceAccount's token.`,
		Example: `  export INFISICAL_TOKEN   # an organisation administrator's
  kubectl eso-infisical identity create --host https://infisical.example.com --ca-file infisical-ca.crt --project archon-platform
  kubectl eso-infisical identity create --environment prod --environment-only --client-secret-ttl 8760h`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	o.addFlags(fs)
	o.Output.AddFlag(fs)
	flags.Verify(fs, &o.Desired)
	flags.Auth(fs, &o.Desired)
	flags.ForceConflicts(fs, &o.Desired)
	fs.BoolVar(&o.Desired.MachineIdentity.EnvironmentOnly, "environment-only", false, "let the identity read --environment and --path only, not the whole project")
	fs.DurationVar(&o.SecretTTL, "client-secret-ttl", 0, "how long the client secret is valid, such as 8760h for a year; 0 is for ever")
	fs.StringVar(&o.Desired.KubernetesHost, "kubernetes-host", "", "with --auth kubernetes: the API server's address as Infisical reaches it (default: the kubeconfig's)")
	fs.BoolVar(&o.PrintClientSecret, "print-client-secret", false, "print the client ID and the client secret to standard output, too")
	fs.BoolVar(&o.Yes, "yes", false, "replace another identity's credentials in the cluster without asking")
	return cmd
}

func (o *CreateOptions) validate() error {
	if o.SecretTTL < 0 || o.SecretTTL%time.Second != 0 {
		return &setup.InputError{Problem: "--client-secret-ttl must be a number of whole seconds, not below 0"}
	}
	if o.Desired.Auth == eso.KubernetesAuth && (o.PrintClientSecret || o.SecretTTL != 0) {
		return &setup.InputError{Problem: "with --auth kubernetes there is no client secret to print or to limit"}
	}
	return o.Common.validate()
}

// RunCreate makes the identity and says what was done.
func RunCreate(ctx context.Context, o *CreateOptions) error {
	p, err := o.create(ctx)
	for _, note := range p.Notes {
		fmt.Fprintln(o.Factory.Streams.ErrOut, "note: "+note)
	}
	d := newMade(p, o.PrintClientSecret && err == nil)
	return output.Write(o.Factory.Streams.Out, o.Output, madeKind, d, err, d.text)
}

func (o *CreateOptions) create(ctx context.Context) (setup.Provisioned, error) {
	runner, admin, end, err := o.open(ctx)
	if err != nil {
		return setup.Provisioned{}, err
	}
	defer end()
	o.Factory.Progress.Start("identity")
	p, err := runner.ProvisionIdentity(ctx, admin, setup.Provision{SecretTTL: o.SecretTTL, Confirm: o.Factory.Confirm(ctx, o.Yes)})
	o.Factory.Progress.Done("", err != nil)
	return p, err
}
