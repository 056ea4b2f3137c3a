package checks

import (
	"context"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// scope is where a right is needed.
type scope int

const (
	// everywhere is all namespaces, or a kind that has none.
	everywhere scope = iota
	// atHome is ESO's namespace.
	atHome
	// inDefault is the namespace of events about what has no namespace.
	inDefault
)

// asks makes the rights of an input: one verb on one resource.
func asks(verb string, resource schema.GroupVersionResource, at scope) func(doctor.Cluster) []kube.Right {
	return func(c doctor.Cluster) []kube.Right {
		r := kube.Right{Verb: verb, Group: resource.Group, Resource: resource.Resource}
		switch at {
		case atHome:
			r.Namespace = c.Namespace
		case inDefault:
			r.Namespace = "default"
		}
		return []kube.Right{r}
	}
}

// asksNothing is for what is read without a right of its own.
func asksNothing(doctor.Cluster) []kube.Right { return nil }

// named makes the rights to get objects of these names.
func named(resource schema.GroupVersionResource, names ...string) func(doctor.Cluster) []kube.Right {
	return func(doctor.Cluster) []kube.Right {
		var rights []kube.Right
		for _, name := range names {
			rights = append(rights, kube.Right{Verb: "get", Group: resource.Group, Resource: resource.Resource, Name: name})
		}
		return rights
	}
}

// Resources that no other package names.
var (
	policiesResource = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}
	crdsResource     = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	webhooksResource = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}
	slicesResource   = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
	spacesResource   = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	mapsResource     = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

// referredRight is the right to get what stores refer to; which objects these are, and in which namespaces, is known from the stores alone.
func referredRight(resource schema.GroupVersionResource) func(doctor.Cluster) []kube.Right {
	return func(doctor.Cluster) []kube.Right {
		return []kube.Right{{Verb: "get", Resource: resource.Resource, Name: doctor.ReferredName}}
	}
}

// Referred are the Secrets and ConfigMaps that the cluster's stores refer to.
func Referred(ctx context.Context, s *doctor.Snapshot) ([]doctor.Referred, error) {
	found, err := stores.Of(ctx, s)
	if err != nil {
		return nil, err
	}
	var all []doctor.Referred
	for _, st := range found {
		keys := st.credentials()
		if ca, has := st.authority(); has {
			keys = append(keys, ca)
		}
		for _, k := range keys {
			r := doctor.Referred{Resource: strings.ToLower(k.kind) + "s", Namespace: k.namespace, Name: k.name}
			if k.namespace != "" && k.name != "" && !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	return all, nil
}
