package process

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/component-base/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/controlplane"
)

// APIServer runs kube-apiserver until the context ends.
func APIServer(ctx context.Context, cfg controlplane.APIServer) error {
	if err := checkVersion(version.Get().GitVersion); err != nil {
		return err
	}
	return run(ctx, apiserver.NewAPIServerCommand(), cfg.Args())
}

// ControllerManager runs kube-controller-manager until the context ends.
func ControllerManager(ctx context.Context, cfg controlplane.ControllerManager) error {
	return run(ctx, controllermanager.NewControllerManagerCommand(), cfg.Args())
}

// Scheduler runs kube-scheduler until the context ends.
func Scheduler(ctx context.Context, cfg controlplane.Scheduler) error {
	return run(ctx, scheduler.NewSchedulerCommand(), cfg.Args())
}

// run executes a command of Kubernetes until it ends or the context does. Nothing is drained then, because nothing outlives the
// sandbox; some of these commands would take seconds, and one never returns.
func run(ctx context.Context, cmd *cobra.Command, args []string) error {
	cmd.SetArgs(args)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	ended := make(chan error, 1)
	go func() { ended <- cmd.Execute() }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended:
		if err == nil {
			err = errors.New("it ended by itself; its log says why")
		}
		if ctx.Err() != nil {
			return nil // it has seen the signal first
		}
		return fmt.Errorf("run %s: %w", cmd.Name(), err)
	}
}

// checkVersion refuses to serve without a version: Helm could not tell whether a chart is for this cluster. It is set when the
// program is linked, as Kubernetes' own build does.
func checkVersion(v string) error {
	if strings.HasPrefix(v, "v0.0.0") {
		return fmt.Errorf("start kube-apiserver: this program was linked without Kubernetes' version; " +
			"build it with `make sandbox`, or see Building in the sandbox's README")
	}
	return nil
}
