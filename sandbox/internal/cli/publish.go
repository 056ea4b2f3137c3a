package cli

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/publish"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/relay"
)

// publishTimeout bounds the start of one pod.
const publishTimeout = time.Minute

func (a *app) newPublish() *cobra.Command {
	return &cobra.Command{
		Use:   "publish",
		Short: "Bring Infisical into the cluster, as a Service that only the cluster can reach",
		Long: `Bring Infisical into the cluster: the Service infisical in namespace infisical, with a pod behind it that relays to the double. ESO reaches it
at https://` + publish.Host + `, this machine does not, but through kubectl port-forward.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), publishTimeout)
			defer cancel()
			report, err := a.runningReport()
			if err != nil {
				return err
			}
			config, err := clientcmd.BuildConfigFromFlags("", report.Kubeconfig)
			if err != nil {
				return fmt.Errorf("read the sandbox's kubeconfig: %w", err)
			}
			client, err := kubernetes.NewForConfig(config)
			if err != nil {
				return fmt.Errorf("make a client for the sandbox: %w", err)
			}
			if err := publish.Infisical(ctx, client); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.streams.Out, "Infisical is in the cluster, at https://%s\n", publish.Host)
			return err
		},
	}
}

// newRelay is the command that the node runs in place of the relay's image.
func (a *app) newRelay() *cobra.Command {
	var listen, to string
	cmd := &cobra.Command{
		Use:    "relay",
		Short:  "Pass connections on",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return relay.Run(cmd.Context(), listen, to, slog.New(slog.NewTextHandler(a.streams.Err, nil)))
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address and port to listen on")
	cmd.Flags().StringVar(&to, "to", "", "address and port to pass them on to")
	return cmd
}
