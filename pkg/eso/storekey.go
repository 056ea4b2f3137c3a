package eso

import (
	"strings"

	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// A store is named by a key, as caches name objects: NAME for a ClusterSecretStore, NAMESPACE/NAME for a SecretStore.

// Kinds of a store.
const (
	ClusterKind    = "ClusterSecretStore"
	NamespacedKind = "SecretStore"
)

// Key names the store.
func (s Store) Key() string {
	if s.Namespace == "" {
		return s.Name
	}
	return s.Namespace + "/" + s.Name
}

// Kind is ClusterSecretStore, or SecretStore for a store with a namespace.
func (s Store) Kind() string { return addressOf(s.Key()).kind() }

// String is the store's kind and key, for messages.
func (s Store) String() string { return addressOf(s.Key()).String() }

// Resource is the store as kubectl takes it on the command line.
func (s Store) Resource() string {
	if s.Namespace == "" {
		return "clustersecretstore " + s.Name
	}
	return "secretstore " + s.Name + " -n " + s.Namespace
}

// Stores is the client for ClusterSecretStores, or for the SecretStores in a namespace.
func Stores(client dynamic.Interface, namespace string) dynamic.ResourceInterface {
	if namespace == "" {
		return client.Resource(ClusterSecretStores)
	}
	return client.Resource(SecretStores).Namespace(namespace)
}

// StoreName names a store for messages by its key.
func StoreName(key string) string { return addressOf(key).String() }

type address struct{ namespace, name string }

func addressOf(key string) address {
	if namespace, name, found := strings.Cut(key, "/"); found {
		return address{namespace, name}
	}
	return address{name: key}
}

func (a address) kind() string {
	if a.namespace == "" {
		return ClusterKind
	}
	return NamespacedKind
}

func (a address) String() string {
	if a.namespace == "" {
		return a.kind() + " " + a.name
	}
	return a.kind() + " " + a.namespace + "/" + a.name
}

func (a address) api(client dynamic.Interface) dynamic.ResourceInterface {
	return Stores(client, a.namespace)
}

func (a address) events(client dynamic.Interface) kube.Source {
	return kube.EventsOf(client, a.kind(), a.namespace, a.name, "")
}
