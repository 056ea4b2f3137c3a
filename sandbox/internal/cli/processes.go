package cli

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/chart"
)

// The commands in this file are not for people: the sandbox starts its own processes with them, the build packages the chart.

func (a *app) newComponent() *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:    "component NAME",
		Short:  "Run one component in the foreground",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			run, known := a.components[args[0]]
			if !known {
				return usageError{fmt.Errorf("run the component %q: there is no such component", args[0])}
			}
			return run(cmd.Context(), config)
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "file with the component's configuration")
	return cmd
}

func (a *app) newSupervise() *cobra.Command {
	return &cobra.Command{
		Use:    "supervise",
		Short:  "Run all components in the foreground",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sandbox, err := a.sandbox()
			if err != nil {
				return err
			}
			return sandbox.Supervise(cmd.Context(), slog.New(slog.NewTextHandler(a.streams.Err, nil)))
		},
	}
}

func (a *app) newPackageChart() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "package-chart --out DIR",
		Short: "Package External Secrets Operator's chart",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usageError{fmt.Errorf("package the chart: no directory given; use --out DIR")}
			}
			return chart.Package(cmd.Context(), out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "directory to write the chart repository to")
	return cmd
}
