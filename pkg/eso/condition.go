package eso

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// Condition is a status condition of one of ESO's objects.
type Condition struct {
	Status, Message string
}

// Ready reads the Ready condition; ok is false when ESO has never set it.
func Ready(obj *unstructured.Unstructured) (c Condition, ok bool) {
	conditions, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
	for _, item := range conditions {
		m, _ := item.(map[string]any)
		if m["type"] != "Ready" {
			continue
		}
		c.Status, _ = m["status"].(string)
		c.Message, _ = m["message"].(string)
		return c, true
	}
	return Condition{}, false
}
