package uninstall

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
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
			case !eso.IsDeployment(d):
			case !eso.OfRelease(d, s.Namespace, s.Release):
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
	r.controller = r.controller || eso.IsController(d) && eso.Works(d)
}
