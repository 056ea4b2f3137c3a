// Package rotate holds the commands that replace what ages: the machine identity's client secret, and the CA.
package rotate

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
)

// New makes the group of commands; the functions replace RunCredentials and RunCA in tests.
func New(f *clients.Factory, credentials func(context.Context, *CredentialsOptions) error, ca func(context.Context, *CAOptions) error) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Replace the client secret or the CA while ESO works with them",
		Long:  `Replace what ages while ESO works with it: the machine identity's client secret, or the CA of Infisical's server.`,
		Example: `  kubectl eso-infisical rotate credentials --token-file token.txt
  kubectl eso-infisical rotate ca --ca-file new-ca.crt --watch`,
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(newCredentials(f, credentials), newCA(f, ca))
	return cmd
}
