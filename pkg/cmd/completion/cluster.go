package completion

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/esoversion"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

const (
	// patience is how long somebody who has pressed TAB waits for the cluster.
	patience = time.Second
	// most is how many names a cluster is asked for.
	most = 500
)

// cluster completes what the kubeconfig and the cluster name. Where that cannot be found out in time, nothing is offered, and nothing is said:
// whoever presses TAB has asked for no message.
type cluster struct{ connection *kube.Connection }

func (c cluster) contexts(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return c.configured(typed, func(config api.Config) []string { return slices.Sorted(maps.Keys(config.Contexts)) })
}

func (c cluster) clusters(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return c.configured(typed, func(config api.Config) []string { return slices.Sorted(maps.Keys(config.Clusters)) })
}

func (c cluster) users(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return c.configured(typed, func(config api.Config) []string { return slices.Sorted(maps.Keys(config.AuthInfos)) })
}

// configured are names that the kubeconfig has.
func (c cluster) configured(typed string, names func(api.Config) []string) ([]string, cobra.ShellCompDirective) {
	config, err := c.connection.Flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return beginning(typed, names(config)), cobra.ShellCompDirectiveNoFileComp
}

func (c cluster) namespaces(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return c.named(cmd.Context(), typed, schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "")
}

// stores are the ClusterSecretStores, or the SecretStores of the namespace that --store-namespace names.
func (c cluster) stores(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if flag := cmd.Flag("store-namespace"); flag != nil && flag.Value.String() != "" {
		return c.named(cmd.Context(), typed, eso.SecretStores, flag.Value.String())
	}
	return c.named(cmd.Context(), typed, eso.ClusterSecretStores, "")
}

// named are the names of objects in the cluster. Nothing of them is read but their metadata.
func (c cluster) named(ctx context.Context, typed string, resource schema.GroupVersionResource, namespace string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c.connection.ReadOnly()
	c.connection.Quiet()
	answered := make(chan []string, 1)
	// Not all that makes a connection takes the context: a login program, for example, runs as long as it likes.
	go func() { answered <- c.list(ctx, resource, namespace) }()
	select {
	case names := <-answered:
		return beginning(typed, names), cobra.ShellCompDirectiveNoFileComp
	case <-ctx.Done():
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

func (c cluster) list(ctx context.Context, resource schema.GroupVersionResource, namespace string) []string {
	reader, err := c.connection.Metadata()
	if err != nil {
		return nil
	}
	list, err := reader(resource, namespace).List(ctx, metav1.ListOptions{Limit: most})
	if err != nil {
		return nil
	}
	names := make([]string, len(list.Items))
	for i := range list.Items {
		names[i] = list.Items[i].GetName()
	}
	return names
}

// versions of External Secrets Operator that something is known of. A chart repository is not asked.
func versions(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	table, err := esoversion.Known()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	offered := []string{setup.DefaultChartVersion + "\tdefault"}
	if table.Newest != setup.DefaultChartVersion {
		offered = append(offered, table.Newest+"\tnewest on "+table.AsOf)
	}
	return beginning(typed, offered), cobra.ShellCompDirectiveNoFileComp
}

func beginning(typed string, names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, typed) })
}
