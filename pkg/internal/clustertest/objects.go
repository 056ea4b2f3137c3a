package clustertest

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// Object reads an object from YAML.
func Object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	// Kubernetes' own decoder keeps whole numbers whole.
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: fields}
}

// Ready adds the condition that ESO sets; an empty status leaves the object as one that ESO has never looked at.
func Ready(obj *unstructured.Unstructured, status string) *unstructured.Unstructured {
	if status != "" {
		obj.Object["status"] = map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": status}}}
	}
	return obj
}

// Available is a Deployment of the Helm release external-secrets with all its pods available.
func Available(t *testing.T, name string) *unstructured.Unstructured {
	t.Helper()
	d := Object(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: external-secrets, generation: 1, labels: {app.kubernetes.io/instance: external-secrets}}
spec: {replicas: 1}
status:
  {observedGeneration: 1, replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1,
   conditions: [{type: Available, status: "True"}]}`)
	d.SetName(name)
	return d
}
