// Package cli is the command line of the sandbox.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/cli/lifecycle"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Streams are where the commands write to.
type Streams struct{ Out, Err io.Writer }

// Component runs a part of the sandbox, as the file says, until the context ends. Components come from outside this package,
// because they pull in all of Kubernetes.
type Component func(ctx context.Context, configFile string) error

// errNotRunning makes status exit with 1 and say nothing more.
var errNotRunning = errors.New("the sandbox is not running")

// usageError is an error in how a command was called.
type usageError struct{ error }

// app is what all commands share.
type app struct {
	streams    Streams
	components map[string]Component
	environ    []string
	name       string
	dir        string
}

// Run executes the command line and returns the exit code.
func Run(ctx context.Context, args, environ []string, streams Streams, components map[string]Component) int {
	root := newRoot(&app{streams: streams, components: components, environ: environ})
	root.SetArgs(args)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNotRunning):
		return exitFailed
	case errors.Is(ctx.Err(), context.Canceled):
		fmt.Fprintln(streams.Err, "interrupted:", err)
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintln(streams.Err, "error:", err)
		return exitUsage
	default:
		fmt.Fprintln(streams.Err, "error:", err)
		return exitFailed
	}
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "eso-sandbox",
		Short: "A local cluster with External Secrets Operator's chart and an Infisical double",
		Long: "eso-sandbox runs a Kubernetes cluster of one node on this machine, as an ordinary user and without containers:\n" +
			"real etcd, API server, controller manager and scheduler, a node that runs External Secrets Operator's pods as\n" +
			"processes, a chart repository to install it from, and an Infisical double with a private CA.",
		Args:              cobra.NoArgs,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().StringVar(&a.name, "name", "default", "name of the sandbox; several can run side by side")
	root.PersistentFlags().StringVar(&a.dir, "dir", "", "state directory (default: below the user's cache directory)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("read the flags of %s: %w; see %s --help", cmd.CommandPath(), err, cmd.CommandPath())}
	})
	root.AddCommand(
		a.newUp(), a.newDown(), a.newStatus(), a.newKubeconfig(), a.newEnv(), a.newLogs(), a.newFault(), a.newHeal(),
		a.newPublish(), a.newInfisical(), a.newPackageChart(), a.newComponent(), a.newRelay(), a.newSupervise(),
	)
	for _, cmd := range append(root.Commands(), root) {
		cmd.Args = asUsage(cmd.Args)
	}
	return root
}

// asUsage marks errors about arguments, so that they have the exit code of wrong usage.
func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	if check == nil {
		return nil
	}
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("read the arguments of %s: %w; see %s --help", cmd.CommandPath(), err, cmd.CommandPath())}
		}
		return nil
	}
}

// sandbox is the one that the flags name.
func (a *app) sandbox() (lifecycle.Sandbox, error) {
	if err := state.CheckName(a.name); err != nil {
		return lifecycle.Sandbox{}, usageError{err}
	}
	dir, err := a.stateDir()
	if err != nil {
		return lifecycle.Sandbox{}, err
	}
	executable, err := executable()
	if err != nil {
		return lifecycle.Sandbox{}, err
	}
	return lifecycle.Sandbox{
		Dir: dir, Name: a.name, Executable: executable, Environ: a.environ, Progress: a.progress,
	}, nil
}

func (a *app) stateDir() (state.Dir, error) {
	if a.dir == "" {
		return state.DefaultDir(a.name)
	}
	dir, err := filepath.Abs(a.dir)
	if err != nil {
		return "", fmt.Errorf("find the state directory: %w", err)
	}
	return state.Dir(dir), nil
}

// executable is the real path of this program, which is how the kernel names its processes.
func executable() (string, error) {
	path, err := os.Executable()
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", fmt.Errorf("find this program's own path: %w", err)
	}
	return path, nil
}

func (a *app) progress(after time.Duration, step string) {
	fmt.Fprintf(a.streams.Err, "%6.1fs  %s\n", after.Seconds(), step)
}
