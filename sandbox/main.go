// Command eso-sandbox runs a local Kubernetes cluster with an Infisical double, for demonstrations and tests.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/chart"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/cli"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/cli/lifecycle"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/controlplane/process"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	// ESO handles signals itself.
	if len(args) > 0 && args[0] == "eso" {
		eso.Main(args[1:])
		return 0
	}
	// Kubernetes' libraries add a flag to every program that they are part of. It would show their version, not the sandbox's.
	_ = pflag.CommandLine.MarkHidden("version")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	return cli.Run(ctx, args, os.Environ(), cli.Streams{Out: os.Stdout, Err: os.Stderr}, map[string]cli.Component{
		lifecycle.Etcd:              from(process.Etcd),
		lifecycle.APIServer:         from(process.APIServer),
		lifecycle.ControllerManager: from(process.ControllerManager),
		lifecycle.Scheduler:         from(process.Scheduler),
		lifecycle.Node:              from(node.Run),
		lifecycle.Infisical:         from(infisical.Run),
		lifecycle.Chart:             from(chart.Run),
	})
}

// from makes a component of a function that runs with a configuration, which is read from a file.
func from[Config any](run func(context.Context, Config) error) cli.Component {
	return func(ctx context.Context, configFile string) error {
		var config Config
		if err := state.ReadJSON(configFile, &config); err != nil {
			return err
		}
		return run(ctx, config)
	}
}
