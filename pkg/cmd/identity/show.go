package identity

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
)

// ShowOptions are the command's inputs.
type ShowOptions struct {
	Common
	Output output.Format
}

func newShow(f *clients.Factory, run func(context.Context, *ShowOptions) error) *cobra.Command {
	o := &ShowOptions{Common: newCommon(f)}
	cmd := &cobra.Command{
		Use:     "show",
		Short:   "Show the machine identity: how it logs in, its client secrets, and what it may read",
		Example: `  kubectl eso-infisical identity show -o json`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.addFlags(cmd.Flags())
	o.Output.AddFlag(cmd.Flags())
	return cmd
}

// RunShow reads the identity and prints it.
func RunShow(ctx context.Context, o *ShowOptions) error {
	state, err := o.read(ctx)
	if err != nil {
		return output.Write(o.Factory.Streams.Out, o.Output, kind, nil, err, nil)
	}
	d := newDocument(state)
	return output.Write(o.Factory.Streams.Out, o.Output, kind, d, nil, d.text)
}

func (o *ShowOptions) read(ctx context.Context) (identity.State, error) {
	runner, admin, end, err := o.open(ctx)
	if err != nil {
		return identity.State{}, err
	}
	defer end()
	spec, err := runner.RememberedIdentity(ctx)
	if err != nil {
		return identity.State{}, err
	}
	return admin.Show(ctx, spec)
}
