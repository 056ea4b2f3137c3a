package kube

import (
	"errors"
	"maps"
	"slices"

	"k8s.io/cli-runtime/pkg/genericclioptions"
)

// Contexts are the names of the kubeconfig's contexts, in their order. Nobody is asked for them.
func (c *Connection) Contexts() ([]string, error) {
	raw, err := c.Flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return nil, &NoClusterError{Err: err}
	}
	names := slices.Sorted(maps.Keys(raw.Contexts))
	if len(names) == 0 {
		return nil, &NoClusterError{Err: errors.New("the kubeconfig has no contexts")}
	}
	return names, nil
}

// In is a connection to the cluster of another context of the same kubeconfig. All else is as with this one.
func (c *Connection) In(context string) *Connection {
	other := NewConnection(c.userAgent, c.warn)
	other.allows = c.allows
	share(other.Flags, c.Flags)
	other.Flags.Context = &context
	return other
}

// Writing is a connection to the same cluster that may change it, also where this one is for reading.
func (c *Connection) Writing() *Connection {
	other := NewConnection(c.userAgent, c.warn)
	to, from := other.Flags, c.Flags
	share(to, from)
	to.Context, to.ClusterName, to.AuthInfoName, to.APIServer, to.TLSServerName = from.Context, from.ClusterName, from.AuthInfoName, from.APIServer, from.TLSServerName
	to.Insecure, to.CAFile, to.CertFile, to.KeyFile = from.Insecure, from.CAFile, from.CertFile, from.KeyFile
	to.BearerToken, to.Username, to.Password = from.BearerToken, from.Username, from.Password
	return other
}

// share makes the flags hold what the others hold.
func share(to, from *genericclioptions.ConfigFlags) {
	to.CacheDir, to.KubeConfig, to.Namespace, to.Timeout, to.DisableCompression = from.CacheDir, from.KubeConfig, from.Namespace, from.Timeout, from.DisableCompression
	to.Impersonate, to.ImpersonateUID, to.ImpersonateGroup = from.Impersonate, from.ImpersonateUID, from.ImpersonateGroup
	to.ImpersonateUserExtra, to.ProxyURL = from.ImpersonateUserExtra, from.ProxyURL
}

// OneClusterOnly are the connection flags that say which cluster or user there is, in place of what a context says.
var OneClusterOnly = []string{"context", "cluster", "user", "server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority", "client-certificate",
	"client-key", "token", "username", "password"}
