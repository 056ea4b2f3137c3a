package uninstall

import (
	"context"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// installations is where ESO runs in the cluster.
type installations struct {
	// others are Deployments of ESO that are not the release's.
	others []string
	// owner is the GitOps tool that would make the release again.
	owner string
	// controller is set when the release's controller has a pod that works, known when all Deployments could be read.
	controller, known bool
}

// installations looks at every Deployment: ESO may have been installed by any means, under any name.
func (s *survey) installations(ctx context.Context) error {
	err := kube.EachPage(ctx, s.Dynamic.Resource(kube.DeploymentsResource), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			d := &page[i]
			switch {
			case !isESO(d):
			case !s.partOfRelease(d):
				s.running.others = append(s.running.others, reference("Deployment", d.GetNamespace(), d.GetName()))
			default:
				s.running.take(d)
			}
		}
		return nil
	})
	s.running.known = err == nil
	return err
}

func (r *installations) take(d *unstructured.Unstructured) {
	if owner, found := kube.OwnerOf(d); found && owner.Tool != "Helm" {
		r.owner = owner.String()
	}
	available, _, _ := unstructured.NestedInt64(d.Object, "status", "availableReplicas")
	if isController(d) && available > 0 {
		r.controller = true
	}
}

func (s *survey) partOfRelease(d *unstructured.Unstructured) bool {
	if d.GetNamespace() != s.Namespace {
		return false
	}
	return d.GetLabels()["app.kubernetes.io/instance"] == s.Release || d.GetAnnotations()["meta.helm.sh/release-name"] == s.Release
}

// isESO goes by the image, whatever its registry, as well as by the chart's label.
func isESO(d *unstructured.Unstructured) bool {
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

// isController tells the controller from the webhook and the cert-controller, which are subcommands of the same image.
func isController(d *unstructured.Unstructured) bool {
	for _, c := range containers(d) {
		args, _, _ := unstructured.NestedStringSlice(c, "args")
		if slices.Contains(args, "webhook") || slices.Contains(args, "certcontroller") {
			return false
		}
	}
	return true
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
