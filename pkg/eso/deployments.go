package eso

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// IsDeployment reports whether a Deployment is one of ESO's, however it was installed: it goes by the image, whatever its registry, as well
// as by the chart's label.
func IsDeployment(d *unstructured.Unstructured) bool {
	if strings.HasPrefix(d.GetLabels()["app.kubernetes.io/name"], "external-secrets") {
		return true
	}
	for _, c := range containers(d) {
		image, _ := c["image"].(string)
		name := image[strings.LastIndex(image, "/")+1:]
		name, _, _ = strings.Cut(name, "@")
		name, _, _ = strings.Cut(name, ":")
		if name == "external-secrets" {
			return true
		}
	}
	return false
}

// IsController tells ESO's controller from its webhook and cert-controller, which are subcommands of the same image.
func IsController(d *unstructured.Unstructured) bool {
	for _, c := range containers(d) {
		args, _, _ := unstructured.NestedStringSlice(c, "args")
		if slices.Contains(args, "webhook") || slices.Contains(args, "certcontroller") {
			return false
		}
	}
	return true
}

// Works reports whether a Deployment has a pod that is available.
func Works(d *unstructured.Unstructured) bool {
	available, _, _ := unstructured.NestedInt64(d.Object, "status", "availableReplicas")
	return available > 0
}

// OfRelease reports whether an object belongs to the Helm release, by the chart's label or Helm's annotation.
func OfRelease(obj *unstructured.Unstructured, namespace, release string) bool {
	if obj.GetNamespace() != namespace {
		return false
	}
	return obj.GetLabels()["app.kubernetes.io/instance"] == release || obj.GetAnnotations()["meta.helm.sh/release-name"] == release
}

func containers(d *unstructured.Unstructured) []map[string]any {
	list, _, _ := unstructured.NestedSlice(d.Object, "spec", "template", "spec", "containers")
	var out []map[string]any
	for _, item := range list {
		if c, ok := item.(map[string]any); ok {
			out = append(out, c)
		}
	}
	return out
}
