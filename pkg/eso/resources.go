// Package eso knows External Secrets Operator: its chart's parts, its custom resources, and how it reports what it did.
// The causes of its failures are named by package cause.
package eso

import "k8s.io/apimachinery/pkg/runtime/schema"

const (
	group   = "external-secrets.io"
	version = "v1"
)

// The resources that the product reads and writes.
var (
	ClusterSecretStores = schema.GroupVersionResource{Group: group, Version: version, Resource: "clustersecretstores"}
	SecretStores        = schema.GroupVersionResource{Group: group, Version: version, Resource: "secretstores"}
	ExternalSecrets     = schema.GroupVersionResource{Group: group, Version: version, Resource: "externalsecrets"}
)

// Groups are the API groups of all of ESO's custom resources.
var Groups = []string{group, "generators." + group}

// Suffix ends the names of ESO's custom resource definitions, which are PLURAL.GROUP.
const Suffix = "." + group

// InstanceSelector picks the objects of one Helm release of ESO.
func InstanceSelector(release string) string { return "app.kubernetes.io/instance=" + release }

// ChartValues are the values that a fresh install is given: CRDs are installed, and kept when the release is removed, since
// with them every ExternalSecret and every Secret made from one would go.
func ChartValues() map[string]any {
	return map[string]any{
		"installCRDs": true,
		"crds":        map[string]any{"annotations": map[string]any{"helm.sh/resource-policy": "keep"}},
	}
}
