package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/cli/lifecycle"
)

func (a *app) newStatus() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say whether the sandbox runs, and where its parts are",
		Long:  "Say whether the sandbox runs, and where its parts are. The exit code is 0 if it runs and 1 if it does not.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			sandbox, err := a.sandbox()
			if err != nil {
				return err
			}
			report, err := sandbox.Report()
			if err != nil {
				return err
			}
			switch output {
			case "json":
				err = printJSON(a.streams.Out, report)
			case "text":
				err = printText(a.streams.Out, report)
			default:
				err = usageError{fmt.Errorf("print the status as %q: not a known format; use text or json", output)}
			}
			if err == nil && !report.Running {
				return errNotRunning
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "format: text or json")
	return cmd
}

func printJSON(w io.Writer, report lifecycle.Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

func printText(w io.Writer, r lifecycle.Report) error {
	if !r.Running && len(r.Components) == 0 {
		_, err := fmt.Fprintf(w, "sandbox %q is not running\n", r.Name)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "name\t%s\n", r.Name)
	fmt.Fprintf(table, "running\t%t\n", r.Running)
	fmt.Fprintf(table, "kubeconfig\t%s\n", r.Kubeconfig)
	fmt.Fprintf(table, "chart repository\t%s (%s, %s)\n", r.ChartRepo, r.ChartVersion, r.OlderChartVersion)
	fmt.Fprintf(table, "infisical\t%s (of %s)\n", r.Infisical.URL, r.Infisical.Era)
	faults := strings.Join(r.Faults, ", ")
	if faults == "" {
		faults = "none"
	}
	fmt.Fprintf(table, "faults\t%s\n", faults)
	fmt.Fprintf(table, "\nCOMPONENT\tPID\tRUNNING\tRESTARTS\n")
	for _, c := range r.Components {
		fmt.Fprintf(table, "%s\t%d\t%t\t%d\n", c.Name, c.PID, c.Running, c.Restarts)
	}
	return table.Flush()
}
