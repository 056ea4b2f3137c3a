package identity

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// ShowOptions are the command's inputs.
type ShowOptions struct {
	Common
	Output string
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
	cmd.Flags().StringVarP(&o.Output, "output", "o", "text", "text, json or yaml")
	return cmd
}

func (o *ShowOptions) validate() error {
	if o.Output != "text" && o.Output != "json" && o.Output != "yaml" {
		return &setup.InputError{Problem: "-o must be text, json or yaml"}
	}
	return o.Common.validate()
}

// RunShow reads the identity and prints it.
func RunShow(ctx context.Context, o *ShowOptions) error {
	runner, admin, end, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer end()
	state, err := admin.Show(ctx, runner.Desired.Identity())
	if err != nil {
		return err
	}
	return write(o.Factory.Streams.Out, o.Output, newDocument(state))
}
