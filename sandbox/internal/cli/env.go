package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/cli/lifecycle"
)

func (a *app) newKubeconfig() *cobra.Command {
	return &cobra.Command{
		Use:   "kubeconfig",
		Short: "Print the path of the sandbox's kubeconfig",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			report, err := a.runningReport()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.streams.Out, report.Kubeconfig)
			return err
		},
	}
}

func (a *app) newEnv() *cobra.Command {
	return &cobra.Command{
		Use:   "env",
		Short: "Print shell commands that set the sandbox's paths and addresses",
		Long:  "Print shell commands that set the sandbox's paths and addresses, for eval \"$(eso-sandbox env)\". No secret is among them.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			report, err := a.runningReport()
			if err != nil {
				// A shell that evaluates nothing would go on with another cluster's kubeconfig.
				fmt.Fprintln(a.streams.Out, "unset KUBECONFIG; false")
				return err
			}
			for _, v := range variables(report) {
				if _, err := fmt.Fprintf(a.streams.Out, "export %s=%s\n", v.name, quote(v.value)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// runningReport is the report on a sandbox that has been started.
func (a *app) runningReport() (lifecycle.Report, error) {
	sandbox, err := a.sandbox()
	if err != nil {
		return lifecycle.Report{}, err
	}
	report, err := sandbox.Report()
	if err == nil && len(report.Components) == 0 {
		err = fmt.Errorf("find the sandbox %q: it is not running; start it with up", a.name)
	}
	return report, err
}

type variable struct{ name, value string }

func variables(r lifecycle.Report) []variable {
	return []variable{
		{"KUBECONFIG", r.Kubeconfig},
		{"INFISICAL_URL", r.Infisical.URL},
		{"INFISICAL_CA_FILE", r.Infisical.CAFile},
		{"INFISICAL_CLIENT_ID_FILE", r.Infisical.ClientIDFile},
		{"INFISICAL_CLIENT_SECRET_FILE", r.Infisical.ClientSecretFile},
		{"INFISICAL_PROJECT_SLUG", r.Infisical.ProjectSlug},
		{"INFISICAL_ENVIRONMENT", r.Infisical.Environment},
		{"INFISICAL_KEY", r.Infisical.Key},
		{"INFISICAL_ADMIN_TOKEN_FILE", r.Infisical.AdminTokenFile},
		{"INFISICAL_ADMIN_CLIENT_ID_FILE", r.Infisical.AdminClientIDFile},
		{"INFISICAL_ADMIN_CLIENT_SECRET_FILE", r.Infisical.AdminClientSecretFile},
		{"INFISICAL_ORG_ID", r.Infisical.OrgID},
		{"INFISICAL_CONTROL_SOCKET", r.Infisical.ControlSocket},
		{"ESO_SANDBOX_CHART_REPO", r.ChartRepo},
		{"ESO_SANDBOX_CHART_VERSION", r.ChartVersion},
		{"ESO_SANDBOX_OLDER_CHART_VERSION", r.OlderChartVersion},
	}
}

// quote makes one word of the POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
