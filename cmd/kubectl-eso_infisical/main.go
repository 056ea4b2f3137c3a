// Command kubectl-eso_infisical is the kubectl plugin "kubectl eso-infisical".
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // the ways to log in to a cluster that kubeconfigs name
	"k8s.io/klog/v2"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/version"
)

// Set by the linker in a release.
var (
	buildVersion = "v0.0.0-dev"
	buildCommit  = "unknown"
	buildDate    = "unknown"
)

func main() { os.Exit(run()) }

func run() int {
	forbidCoreFiles()
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	bridgeLogs(streams.ErrOut)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go cancelOnSignal(cancel, streams.ErrOut)

	root := cmd.New(version.Build{Version: buildVersion, Commit: buildCommit, Date: buildDate}, streams)
	err := cmd.Execute(ctx, root, os.Args[1:], streams.Out)
	return cmd.Report(streams.ErrOut, err, context.Cause(ctx) == errInterrupted)
}

// bridgeLogs keeps libraries from writing where they are not asked to: Helm uses the standard logger for warnings.
func bridgeLogs(errOut io.Writer) {
	klog.LogToStderr(false)
	klog.SetOutput(errOut)
	log.SetFlags(0)
	log.SetOutput(klogWriter{})
}

type klogWriter struct{}

func (klogWriter) Write(line []byte) (int, error) {
	klog.V(4).Info("library: ", string(line))
	return len(line), nil
}

type interruption struct{}

func (interruption) Error() string { return "interrupted" }

var errInterrupted = interruption{}

// cancelOnSignal ends the run in order at the first signal, and at once at the second.
func cancelOnSignal(cancel context.CancelCauseFunc, errOut io.Writer) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	<-signals
	fmt.Fprintln(errOut, "\nstopping in order, which may take some seconds; Ctrl-C again stops at once")
	cancel(errInterrupted)
	<-signals
	os.Exit(130)
}
