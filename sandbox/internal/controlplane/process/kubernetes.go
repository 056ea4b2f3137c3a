package process

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/component-base/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/controlplane"
)

// drain is how long a component may take to end by itself after the signal, before its process ends anyway.
const drain = 2 * time.Second

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

// run executes a command of Kubernetes. Some of them watch for signals themselves and drain, others never return; so the end
// of the context is waited for here as well.
func run(ctx context.Context, cmd *cobra.Command, args []string) error {
	cmd.SetArgs(args)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	ended := make(chan error, 1)
	go func() { ended <- cmd.Execute() }()
	select {
	case err := <-ended:
		return result(ctx, cmd, err)
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return result(ctx, cmd, err)
	case <-time.After(drain):
		return nil
	}
}

func result(ctx context.Context, cmd *cobra.Command, err error) error {
	switch {
	case ctx.Err() != nil:
		return nil // whatever it says about being stopped, it was asked to stop
	case err != nil:
		return fmt.Errorf("run %s: %w", cmd.Name(), err)
	default:
		return fmt.Errorf("run %s: it ended by itself; its log says why", cmd.Name())
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
