package cli

import (
	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
)

func (a *app) newInfisical() *cobra.Command {
	var era, listen string
	cmd := &cobra.Command{
		Use:   "infisical",
		Short: "Run an Infisical double alone, without a cluster",
		Long: `Run an Infisical double alone, without a cluster, until it is stopped. It holds an organisation and its administrator; projects, identities
and all else are made through its API.

One line of JSON says where it is: url, caFile, orgId and adminToken. This is the only command that prints a token.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return infisical.Serve(cmd.Context(), era, listen, a.streams.Out)
		},
	}
	cmd.Flags().StringVar(&era, "era", api.Era2026, "whose manner it has: 2024 or 2026")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address and port; port 0 is any that is free")
	return cmd
}
