package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/cli/lifecycle"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

func (a *app) newUp() *cobra.Command {
	var chartDir, era string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the sandbox and wait until it can be used",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return a.up(ctx, chartDir, era)
		},
	}
	cmd.Flags().StringVar(&chartDir, "chart-dir", "", "directory of the packaged chart (default: chart, beside this program)")
	cmd.Flags().StringVar(&era, "era", api.Era2026, "whose manner the Infisical double has: 2024 or 2026")
	cmd.Flags().DurationVar(&timeout, "timeout", 3*time.Minute, "how long the start may take")
	return cmd
}

func (a *app) up(ctx context.Context, chartDir, era string) error {
	if era != api.Era2024 && era != api.Era2026 {
		return usageError{fmt.Errorf("start an Infisical double of %q: use 2024 or 2026", era)}
	}
	sandbox, err := a.sandbox()
	if err != nil {
		return err
	}
	if chartDir == "" {
		chartDir = filepath.Join(filepath.Dir(sandbox.Executable), "chart")
	}
	sandbox.Era = era
	if err := sandbox.Up(ctx, chartDir); err != nil {
		return err
	}
	report, err := sandbox.Report()
	if err != nil {
		return err
	}
	return a.printUsage(report)
}

// printUsage says how to go on.
func (a *app) printUsage(r lifecycle.Report) error {
	_, err := fmt.Fprintf(a.streams.Out, `sandbox %q is up
  kubeconfig        %s
  chart repository  %s (external-secrets %s)
  Infisical         %s (project %s, environment %s, key %s)
  its CA            %s
  client id         in %s
  client secret     in %s
  admin's token     in %s
`, r.Name, r.Kubeconfig, r.ChartRepo, r.ChartVersion, r.Infisical.URL, r.Infisical.ProjectSlug, r.Infisical.Environment,
		r.Infisical.Key, r.Infisical.CAFile, r.Infisical.ClientIDFile, r.Infisical.ClientSecretFile, r.Infisical.AdminTokenFile)
	return err
}

func (a *app) newDown() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Stop the sandbox and remove everything it made",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sandbox, err := a.sandbox()
			if err != nil {
				return err
			}
			err = sandbox.Down(cmd.Context(), keep)
			switch {
			case errors.Is(err, state.ErrNone):
				fmt.Fprintf(a.streams.Err, "there is no sandbox in %s\n", sandbox.Dir)
				return nil
			case err != nil:
				return err
			case keep:
				fmt.Fprintf(a.streams.Err, "sandbox %q is down; its logs are in %s\n", a.name, sandbox.Dir.Logs())
			default:
				fmt.Fprintf(a.streams.Err, "sandbox %q is down and removed\n", a.name)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "keep the logs")
	return cmd
}
