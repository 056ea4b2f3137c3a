package kube

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// Terminating says what a namespace that is being deleted waits for, in brackets, or "".
func Terminating(namespace *unstructured.Unstructured) string {
	conditions, _, _ := unstructured.NestedSlice(namespace.Object, "status", "conditions")
	for _, item := range conditions {
		c, _ := item.(map[string]any)
		if c["status"] != "True" {
			continue
		}
		if message, _ := c["message"].(string); c["type"] == "NamespaceFinalizersRemaining" || c["type"] == "NamespaceDeletionDiscoveryFailure" {
			return " (" + message + ")"
		}
	}
	return ""
}
