package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// DeploymentsResource selects Deployments for a dynamic client.
var DeploymentsResource = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}

// StuckError says that a workload waits for something that will not happen by itself.
type StuckError struct{ Reason string }

func (e *StuckError) Error() string { return e.Reason }

// WaitAvailable watches the Deployments and pods that selector picks until every Deployment is available, those in names among
// them. It fails with a StuckError as soon as a pod is in a state that does not heal. progress
// receives one line on each change of what is being waited for.
func WaitAvailable(ctx context.Context, client dynamic.Interface, namespace, selector string, names []string, progress func(string)) error {
	options := metav1.ListOptions{LabelSelector: selector}
	sources := []Source{
		{Client: client.Resource(DeploymentsResource).Namespace(namespace), Options: options},
		{Client: client.Resource(PodsResource).Namespace(namespace), Options: options, Optional: true},
	}
	last := ""
	err := Until(ctx, sources, func(seen []Seen) (bool, error) {
		for _, pod := range seen[1].Objects {
			if trouble := PodTrouble(pod); trouble != "" {
				return false, &StuckError{Reason: trouble}
			}
		}
		if idle := ScaledToZero(seen[0].Objects); len(idle) > 0 {
			return false, &StuckError{Reason: "told to run no pod (replicas: 0): Deployment " + strings.Join(idle, ", ")}
		}
		waiting := append(Missing(seen[0].Objects, names), Unavailable(seen[0].Objects)...)
		if len(waiting) == 0 {
			return true, nil
		}
		if line := "waiting for " + strings.Join(waiting, ", "); line != last {
			last = line
			progress(line)
		}
		return false, nil
	})
	if err != nil && ctx.Err() != nil && last != "" {
		return fmt.Errorf("%s: %w", last, err)
	}
	return err
}

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
