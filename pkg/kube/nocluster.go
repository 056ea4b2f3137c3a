package kube

import (
	"errors"
	"fmt"
	"os"
	"strings"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// k3sKubeconfig is where k3s writes its kubeconfig, which kubectl knows nothing of.
const k3sKubeconfig = "/etc/rancher/k3s/k3s.yaml"

// NoClusterError says that the connection flags and the kubeconfig lead to no cluster.
type NoClusterError struct{ Err error }

func (e *NoClusterError) Error() string {
	return fmt.Sprintf("find the cluster: %v; set KUBECONFIG, --kubeconfig or --context", e.Err)
}

func (e *NoClusterError) Unwrap() error { return e.Err }

// noCluster fails where client-go has made up an address, since it found none. It names the files that were looked at, and the one of
// k3s where that is on this machine.
func (c *Connection) noCluster(k3s string) error {
	loader := c.Flags.ToRawKubeConfigLoader()
	raw, err := loader.RawConfig()
	if err != nil || *c.Flags.APIServer != "" || c.config.Host != "http://localhost:8080" {
		return nil
	}
	if len(raw.Clusters) > 0 {
		return c.clusterOfContext(raw)
	}
	var absent, empty []string
	for _, file := range loader.ConfigAccess().GetLoadingPrecedence() {
		if _, err := os.Stat(file); err != nil {
			absent = append(absent, file)
		} else {
			empty = append(empty, file)
		}
	}
	problem := "there is no kubeconfig at " + strings.Join(absent, ", ")
	if len(empty) > 0 {
		problem = strings.Join(empty, ", ") + " names no cluster"
	}
	if _, err := os.Stat(k3s); err == nil {
		problem += "; that of k3s is at " + k3s
	}
	return &NoClusterError{Err: errors.New(problem)}
}

// clusterOfContext fails where the context names a cluster that the kubeconfig does not have.
func (c *Connection) clusterOfContext(raw clientcmdapi.Config) error {
	name := raw.CurrentContext
	if *c.Flags.Context != "" {
		name = *c.Flags.Context
	}
	context, found := raw.Contexts[name]
	if !found || *c.Flags.ClusterName != "" || raw.Clusters[context.Cluster] != nil {
		return nil
	}
	return &NoClusterError{Err: fmt.Errorf("the context %q names the cluster %q, which the kubeconfig does not have", name, context.Cluster)}
}
