package kube

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

const (
	refreshAnnotation = "eso-infisical.dev/refreshed-at"
	// secondTouch follows the first, in case the node had not heard of the Secret's content by then.
	secondTouch = 3 * time.Second
)

// Refresh brings the content of Secrets to pods that were started before it was there. A kubelet looks at what a pod has mounted every
// minute or later, and at once when the pod object changes; so the pod is given an annotation.
type Refresh struct {
	// Secrets reads the metadata of the namespace's Secrets, of which Selector picks those to look at.
	Secrets  Reader
	Selector string

	touched map[types.UID]touches
}

type touches struct {
	times int
	last  time.Time
}

// touch annotates the pods that wait for one of the Secrets. It is a help alone, so that a refusal changes nothing.
func (r *Refresh) touch(ctx context.Context, pods dynamic.ResourceInterface, secrets, among []*unstructured.Unstructured) {
	if r.touched == nil {
		r.touched = map[types.UID]touches{}
	}
	for _, pod := range among {
		done := r.touched[pod.GetUID()]
		if done.times == 2 || time.Since(done.last) < secondTouch || !waitsForOne(pod, secrets) {
			continue
		}
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{
			refreshAnnotation: time.Now().UTC().Format(time.RFC3339)}}})
		if err != nil {
			return
		}
		r.touched[pod.GetUID()] = touches{done.times + 1, time.Now()}
		_, _ = pods.Patch(ctx, pod.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: FieldManager + "-touch"})
	}
}

// waitsForOne reports whether the pod is not ready and has mounted a Secret that was filled after the pod had started.
func waitsForOne(pod *unstructured.Unstructured, secrets []*unstructured.Unstructured) bool {
	if podState(pod) == "" {
		return false
	}
	text, started, _ := unstructured.NestedString(pod.Object, "status", "startTime")
	start, err := time.Parse(time.RFC3339, text)
	if !started || err != nil {
		return false
	}
	volumes, _, _ := unstructured.NestedSlice(pod.Object, "spec", "volumes")
	for _, item := range volumes {
		v, _ := item.(map[string]any)
		name, _, _ := unstructured.NestedString(v, "secret", "secretName")
		for _, secret := range secrets {
			// Both times are whole seconds: within one and the same, the pod may have been first.
			if at := filledAt(secret); secret.GetName() == name && !at.IsZero() && !at.Before(start) {
				return true
			}
		}
	}
	return false
}

// filledAt is when somebody last wrote the Secret's data, or zero if it has none. Who has written which field is part of the metadata.
func filledAt(secret *unstructured.Unstructured) time.Time {
	var at time.Time
	for _, entry := range secret.GetManagedFields() {
		if entry.FieldsV1 != nil && entry.Time != nil && strings.Contains(entry.FieldsV1.GetRawString(), `"f:data":{`) && entry.Time.After(at) {
			at = entry.Time.Time
		}
	}
	return at
}
