package eso

import (
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Condition is a status condition of one of ESO's objects.
type Condition struct {
	Status, Reason, Message string
	Since                   time.Time
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
		c.Reason, _ = m["reason"].(string)
		c.Message, _ = m["message"].(string)
		since, _ := m["lastTransitionTime"].(string)
		c.Since, _ = time.Parse(time.RFC3339, since)
		return c, true
	}
	return Condition{}, false
}
