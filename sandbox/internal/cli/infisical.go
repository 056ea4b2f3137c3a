package cli

import (
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/cli/lifecycle"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
)

func (a *app) newInfisical() *cobra.Command {
	var double infisical.Standalone
	var project bool
	cmd := &cobra.Command{
		Use:   "infisical",
		Short: "Run an Infisical double alone, without a cluster",
		Long: `Run an Infisical double alone, without a cluster, until it is stopped. It holds an organisation and its administrator; projects, identities
and all else are made through its API. With --project it holds those, too, that a sandbox begins with.

One line of JSON says where it is: url, caFile, orgId and adminToken, with --project also projectSlug, clientIdFile and clientSecretFile. This
is the only command that prints a token.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if project {
				double.Seed = lifecycle.NewSeed(uuid.NewString())
			} else {
				double.Seed.Admin = infisical.NewAdmin(uuid.NewString(), "", "")
			}
			return double.Serve(cmd.Context(), a.streams.Out)
		},
	}
	cmd.Flags().StringVar(&double.Era, "era", api.Era2026, "whose manner it has: 2024 or 2026")
	cmd.Flags().StringVar(&double.Listen, "listen", "127.0.0.1:0", "address, which the certificate names, and port; port 0 is any that is free")
	cmd.Flags().BoolVar(&project, "project", false, "hold a project with secrets, and a machine identity that reads them")
	return cmd
}
