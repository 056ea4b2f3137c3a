// Package kube is the way to the cluster: clients from one set of connection flags, server-side apply, waiting by watch,
// events and pod states. It knows nothing of External Secrets Operator or Infisical.
package kube

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// FieldManager owns every field that the product applies.
const FieldManager = "kubectl-eso-infisical"

// ManagedByLabel with the value FieldManager marks what the product created and may therefore delete.
const ManagedByLabel = "app.kubernetes.io/managed-by"

// Connection makes clients from kubectl's connection flags when they are first needed, so that commands which need no cluster
// never read a kubeconfig.
type Connection struct {
	Flags *genericclioptions.ConfigFlags

	userAgent string
	warn      rest.WarningHandler

	// allows says which requests may leave the program; nil for all.
	allows  func(method, path string, query url.Values) bool
	quiet   bool
	clock   clock
	once    sync.Once
	config  *rest.Config
	dynamic dynamic.Interface
	typed   kubernetes.Interface
	err     error
}

// NewConnection prepares the flags; userAgent names the program to the API server, and warn receives its warnings.
func NewConnection(userAgent string, warn rest.WarningHandler) *Connection {
	connection := &Connection{userAgent: userAgent, warn: warn, Flags: genericclioptions.NewConfigFlags(true).WithDiscoveryBurst(300).WithDiscoveryQPS(50)}
	gate := newGate()
	connection.Flags.WithWrapConfigFn(func(c *rest.Config) *rest.Config {
		// client-go's defaults of 5 and 10 throttle a CLI long before the server would.
		c.QPS, c.Burst = 50, 300
		c.UserAgent = userAgent
		c.WarningHandler = warn
		c.Wrap(connection.clock.wrap)
		c.Wrap(gate.wrap)
		if connection.quiet {
			c.WarningHandler = rest.NoWarnings{}
			if c.ExecProvider != nil {
				c.ExecProvider.StdinUnavailable = true
			}
		}
		if connection.allows != nil {
			c.Wrap(func(next http.RoundTripper) http.RoundTripper {
				return guard{connection.allows, prefixOf(c.Host), next}
			})
		}
		return c
	})
	return connection
}

// Quiet keeps every client that is made from here on from bothering the person at the terminal: warnings are dropped, and a program that logs in
// may ask nothing.
func (c *Connection) Quiet() { c.quiet = true }

// Dynamic returns the client for custom resources and server-side apply.
func (c *Connection) Dynamic() (dynamic.Interface, error) {
	c.once.Do(c.connect)
	return c.dynamic, c.err
}

// Typed returns the client for Kubernetes' own kinds.
func (c *Connection) Typed() (kubernetes.Interface, error) {
	c.once.Do(c.connect)
	return c.typed, c.err
}

// Metadata returns what reads nothing of objects but their metadata: Secrets without their data, CRDs without their schemas. An empty
// namespace stands for all.
func (c *Connection) Metadata() (func(resource schema.GroupVersionResource, namespace string) Reader, error) {
	client, err := c.metadataClient()
	if err != nil {
		return nil, err
	}
	return func(resource schema.GroupVersionResource, namespace string) Reader {
		return metadataReader{client.Resource(resource).Namespace(namespace)}
	}, nil
}

// Lookout looks at objects of every kind.
func (c *Connection) Lookout() (Lookout, error) {
	client, err := c.metadataClient()
	if err != nil {
		return Lookout{}, err
	}
	return Lookout{Discovery: c.typed.Discovery(), Metadata: client}, nil
}

func (c *Connection) metadataClient() (metadata.Interface, error) {
	c.once.Do(c.connect)
	if c.err != nil {
		return nil, c.err
	}
	client, err := metadata.NewForConfig(c.config)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", c.config.Host, err)
	}
	return client, nil
}

// Cluster returns the cluster's name in the kubeconfig, or its address where it has none, and its address.
func (c *Connection) Cluster() (name, server string, err error) {
	c.once.Do(c.connect)
	if c.err != nil {
		return "", "", c.err
	}
	raw, err := c.Flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return "", "", &NoClusterError{Err: err}
	}
	current := raw.CurrentContext
	if *c.Flags.Context != "" {
		current = *c.Flags.Context
	}
	name = *c.Flags.ClusterName
	if context, found := raw.Contexts[current]; found && name == "" {
		name = context.Cluster
	}
	if name == "" {
		name = c.config.Host
	}
	return name, c.config.Host, nil
}

func (c *Connection) connect() {
	if c.config, c.err = c.Flags.ToRESTConfig(); c.err != nil {
		c.err = &NoClusterError{Err: c.err}
		return
	}
	if c.err = c.noCluster(k3sKubeconfig); c.err != nil {
		return
	}
	if c.dynamic, c.err = dynamic.NewForConfig(c.config); c.err != nil {
		c.err = fmt.Errorf("make a client for %s: %w", c.config.Host, c.err)
		return
	}
	if c.typed, c.err = kubernetes.NewForConfig(c.config); c.err != nil {
		c.err = fmt.Errorf("make a client for %s: %w", c.config.Host, c.err)
	}
}
