package identity

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// DeleteOptions are the command's inputs.
type DeleteOptions struct{ Common }

func newDelete(f *clients.Factory, run func(context.Context, *DeleteOptions) error) *cobra.Command {
	o := &DeleteOptions{Common: newCommon(f)}
	cmd := &cobra.Command{
		Use:   "delete",
		Short: "Delete the machine identity in Infisical, with all its client secrets",
		Long: `Delete the machine identity in Infisical, with all its client secrets. Whatever logs in with it stops working at once. The Secret in
the cluster stays. It is asked for first; without a terminal, --yes is the answer. An identity that somebody else made must be named
by --identity-id.`,
		Example: `  kubectl eso-infisical identity delete --project archon-platform`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&o.Yes, "yes", false, "delete without asking")
	return cmd
}

// RunDelete asks and deletes.
func RunDelete(ctx context.Context, o *DeleteOptions) error {
	runner, admin, end, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer end()
	spec, err := runner.RememberedIdentity(ctx)
	if err != nil {
		return err
	}
	state, err := admin.Own(ctx, spec)
	if err != nil {
		return err
	}
	yes, err := o.Factory.Confirm(ctx, o.Yes)(question(state))
	if err != nil {
		return err
	}
	if !yes {
		return fmt.Errorf("identity %s is kept: %w", state.Identity.Name, setup.ErrDeclined)
	}
	if err := admin.Delete(ctx, state.Identity); err != nil {
		return err
	}
	fmt.Fprintf(o.Factory.Streams.Out, "identity/%s deleted: its credentials work nowhere any more\n", state.Identity.Name)
	if state.Kubernetes != nil {
		return runner.RemoveReview(ctx, state.Identity.ID)
	}
	return nil
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
