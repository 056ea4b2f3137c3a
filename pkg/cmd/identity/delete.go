package identity

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// DeleteOptions are the command's inputs.
type DeleteOptions struct {
	Common
	Output output.Format
}

func newDelete(f *clients.Factory, run func(context.Context, *DeleteOptions) error) *cobra.Command {
	o := &DeleteOptions{Common: newCommon(f)}
	cmd := &cobra.Command{
		Use:   "delete",
		Short: "Delete the machine identity in Infisical, with all its client secrets",
		Long: `Delete the machine identity in Infisical, with all its client secrets. Whatever logs in with it stops working at once. The Secret in
the cluster stays; what lets Infisical ask the cluster about tokens goes, unless a store needs it. It is asked for first; without a terminal, --yes is the answer. An identity that somebody else made must be named
by --identity-id.`,
		Example: `  kubectl eso-infisical identity delete --project archon-platform`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.addFlags(cmd.Flags())
	o.Output.AddFlag(cmd.Flags())
	cmd.Flags().BoolVar(&o.Yes, "yes", false, "delete without asking")
	return cmd
}

// RunDelete asks and deletes.
func RunDelete(ctx context.Context, o *DeleteOptions) error {
	deleted, err := o.delete(ctx)
	if deleted.ID == "" {
		return output.Write(o.Factory.Streams.Out, o.Output, deletedKind, nil, err, nil)
	}
	d := newDeleted(deleted)
	return output.Write(o.Factory.Streams.Out, o.Output, deletedKind, d, err, d.text)
}

func (o *DeleteOptions) delete(ctx context.Context) (setup.DeletedIdentity, error) {
	runner, admin, end, err := o.open(ctx)
	if err != nil {
		return setup.DeletedIdentity{}, err
	}
	defer end()
	return runner.DeleteIdentity(ctx, admin, func(s identity.State) (bool, error) { return o.Factory.Confirm(ctx, o.Yes)(question(s)) })
}

func question(s identity.State) string {
	text := fmt.Sprintf("Delete machine identity %s (ID %s) with %d client secrets?", s.Identity.Name, s.Identity.ID, len(s.Secrets))
	for _, secret := range s.Secrets {
		text += fmt.Sprintf("\n  %s… used %d times, %s", secret.Prefix, secret.Uses, orNone(secret.Description))
	}
	if !identity.Ours(s.Identity) {
		text += "\n  It does not say that this program made it."
	}
	return text
}
