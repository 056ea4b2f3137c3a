package kube

import (
	"fmt"
	"slices"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The resources of a rollout, for a dynamic client.
var (
	DeploymentsResource = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	ReplicaSetsResource = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}
)

// revisionAnnotation numbers the templates of a Deployment, on itself and on the ReplicaSet of each.
const revisionAnnotation = "deployment.kubernetes.io/revision"

// Unavailable names the Deployments that are not fully rolled out and available.
func Unavailable(deployments []*unstructured.Unstructured) []string {
	var names []string
	for _, d := range deployments {
		if result, err := status.Compute(d); err != nil || result.Status != status.CurrentStatus {
			names = append(names, d.GetName())
		}
	}
	return names
}

// Missing are the names that no Deployment has.
func Missing(deployments []*unstructured.Unstructured, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(deployments, func(d *unstructured.Unstructured) bool { return d.GetName() == name })
	})
}

// ScaledToZero names the Deployments that are told to run no pod: complete, and yet nothing works.
func ScaledToZero(deployments []*unstructured.Unstructured) []string {
	var names []string
	for _, d := range deployments {
		if replicas, set, _ := unstructured.NestedInt64(d.Object, "spec", "replicas"); set && replicas == 0 {
			names = append(names, d.GetName())
		}
	}
	return names
}

// troubleOfDeployment finds what keeps a Deployment from having pods at all.
func troubleOfDeployment(d *unstructured.Unstructured) (Trouble, bool) {
	of := Trouble{Object: "Deployment " + d.GetName()}
	if len(ScaledToZero([]*unstructured.Unstructured{d})) > 0 {
		of.Obstacle, of.Text = ToldToRunNothing, " is told to run no pod (replicas: 0)"
		return of, true
	}
	if !observed(d) {
		return of, false
	}
	conditions, _, _ := unstructured.NestedSlice(d.Object, "status", "conditions")
	for _, item := range conditions {
		c, _ := item.(map[string]any)
		if c["type"] == "ReplicaFailure" && c["status"] == "True" {
			of.Obstacle, of.Patience = PodsRefused, refusedPatience
			of.Text = fmt.Sprintf(" gets no pods: %v: %v", c["reason"], c["message"])
			return of, true
		}
	}
	return of, false
}

// observed reports whether the controller has seen the present template.
func observed(d *unstructured.Unstructured) bool {
	seen, _, _ := unstructured.NestedInt64(d.Object, "status", "observedGeneration")
	return seen >= d.GetGeneration()
}

// current picks the pods of the Deployments' present templates. Those of an earlier one may be in any state: they are on their way out.
// Where the ReplicaSets may not be read, every pod counts.
func current(deployments []*unstructured.Unstructured, replicaSets Seen, pods []*unstructured.Unstructured) []*unstructured.Unstructured {
	var kept []*unstructured.Unstructured
	for _, pod := range pods {
		if pod.GetDeletionTimestamp() == nil && (replicaSets.Denied != nil || ofPresentTemplate(deployments, replicaSets.Objects, pod)) {
			kept = append(kept, pod)
		}
	}
	return kept
}

func ofPresentTemplate(deployments, replicaSets []*unstructured.Unstructured, pod *unstructured.Unstructured) bool {
	set := ownerAmong(replicaSets, pod)
	if set == nil {
		return metav1.GetControllerOf(pod) == nil
	}
	d := ownerAmong(deployments, set)
	return d == nil || observed(d) && d.GetAnnotations()[revisionAnnotation] == set.GetAnnotations()[revisionAnnotation]
}

// ownerAmong is the object that controls obj, or nil.
func ownerAmong(objects []*unstructured.Unstructured, obj *unstructured.Unstructured) *unstructured.Unstructured {
	ref := metav1.GetControllerOf(obj)
	if ref == nil {
		return nil
	}
	for _, o := range objects {
		if o.GetUID() == ref.UID {
			return o
		}
	}
	return nil
}
