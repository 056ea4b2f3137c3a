// Package identity holds the commands that make, show and delete the machine identity that ESO logs in to Infisical as.
package identity

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Common are the inputs of all three commands.
type Common struct {
	Factory *clients.Factory
	Desired setup.Desired
	Admin   flags.Admin
	CA      flags.CAFile
	Yes     bool
}

// Runs are what the commands carry out; tests replace them.
type Runs struct {
	Create func(context.Context, *CreateOptions) error
	Show   func(context.Context, *ShowOptions) error
	Delete func(context.Context, *DeleteOptions) error
}

// Defaults are the real ones.
func Defaults() Runs { return Runs{Create: RunCreate, Show: RunShow, Delete: RunDelete} }

// New makes the group of commands.
func New(f *clients.Factory, runs Runs) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "identity",
		Short: "Make, show or delete the machine identity that ESO logs in to Infisical as",
		Long: `Make, show or delete the machine identity that External Secrets Operator logs in to Infisical as.

These commands need an administrator's access to Infisical: a token ($INFISICAL_TOKEN, --token-file, --token-stdin or a hidden
prompt), or the universal auth of an administrator's machine identity.`,
		Example: `  kubectl eso-infisical identity create --token-file token.txt
  kubectl eso-infisical identity show`,
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(newCreate(f, runs.Create), newShow(f, runs.Show), newDelete(f, runs.Delete))
	return cmd
}

func newCommon(f *clients.Factory) Common {
	return Common{Factory: f, Desired: setup.Defaults(), Admin: flags.Admin{Getenv: os.Getenv}}
}

func (c *Common) addFlags(fs *pflag.FlagSet) {
	flags.Infisical(fs, &c.Desired)
	flags.Via(fs, &c.Desired)
	c.Admin.AddFlags(fs)
	c.CA.AddFlags(fs)
	fs.StringVar(&c.Desired.MachineIdentity.Name, "name", "", "name of the machine identity (default: eso-PROJECT)")
	fs.StringVar(&c.Desired.MachineIdentity.ID, "identity-id", "", "ID of the machine identity, where several have the name")
}

func (c *Common) validate() error {
	return errors.Join(c.Desired.Validate(), c.Admin.Validate(), c.CA.ValidateWith(c.Admin.TokenStdin))
}

// open reads the administrator's access, connects to the cluster and opens a session with Infisical.
func (c *Common) open(ctx context.Context) (*setup.Runner, *identity.Admin, func(), error) {
	ca, err := c.CA.Optional(c.Factory.Streams)
	if err != nil {
		return nil, nil, nil, err
	}
	access, err := c.Admin.Read(ctx, c.Factory.Streams)
	if err != nil {
		return nil, nil, nil, err
	}
	runner, err := c.Factory.Runner(c.Desired)
	if err != nil {
		return nil, nil, nil, err
	}
	runner.CA = ca
	if err := runner.Remember(ctx); err != nil {
		return nil, nil, nil, err
	}
	c.Factory.Progress.Start("log in")
	admin, end, err := runner.Administer(ctx, access)
	c.Factory.Progress.Done("", err != nil)
	return runner, admin, end, err
}
