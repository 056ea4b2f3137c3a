package repair

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// RequireRights asks for every right that mending takes, and fails with a *kube.DeniedError that names all that are missing.
func (r *Repairer) RequireRights(ctx context.Context, p *Plan) error {
	return kube.RequireRights(ctx, r.Typed, "repair External Secrets Operator", p.Rights())
}

// Rights are all that mending takes, each once.
func (p *Plan) Rights() []kube.Right {
	var rights []kube.Right
	for _, f := range p.Work() {
		for _, right := range f.rights {
			if !slices.Contains(rights, right) {
				rights = append(rights, right)
			}
		}
	}
	return rights
}

// onWebhook is a right on one webhook configuration.
func onWebhook(verb, name string) []kube.Right {
	return []kube.Right{{Verb: verb, Group: "admissionregistration.k8s.io", Resource: "validatingwebhookconfigurations", Name: name}}
}

// toFinish are the rights with which a definition of that kind, nil if it is not served any more, is brought to its end.
func (r *Repairer) toFinish(s *state, kind *eso.Kind) []kube.Right {
	rights := kube.On(kube.Right{Group: crds.Resource.Group, Resource: crds.Resource.Resource}, "list", "watch")
	if kind == nil {
		return rights
	}
	objects := kube.Right{Group: kind.Resource.Group, Resource: kind.Resource.Resource}
	rights = append(rights, kube.On(objects, "list")...)
	if s.controllerWorks() {
		return rights
	}
	rights = append(rights, kube.On(objects, "patch")...)
	if kind.Name == "ExternalSecret" {
		rights = append(rights, kube.On(kube.Right{Resource: secretsResource.Resource}, "list", "patch")...)
	}
	for i := range s.webhooks {
		if s.webhooks[i].Webhooks[0].ClientConfig.Service.Namespace == r.Namespace {
			rights = append(rights, onWebhook("delete", s.webhooks[i].Name)...)
		}
	}
	return rights
}

// toSettle are the rights with which Helm applies the release again.
func (r *Repairer) toSettle(objects []helm.Object) []kube.Right {
	rights := kube.On(kube.Right{Resource: secretsResource.Resource, Namespace: r.Namespace}, "get", "list", "create", "update", "delete")
	rights = append(rights, kube.On(kube.Right{Group: crds.Resource.Group, Resource: crds.Resource.Resource}, "list", "get", "patch")...)
	for _, o := range objects {
		resource, _ := meta.UnsafeGuessKindToResource(schema.FromAPIVersionAndKind(o.APIVersion, o.Kind))
		verbs := []string{"get", "create", "patch"}
		if !o.Kept && o.Kind != definitionKind {
			verbs = append(verbs, "delete")
		}
		rights = append(rights, kube.On(kube.Right{Group: resource.Group, Resource: resource.Resource, Namespace: o.Namespace}, verbs...)...)
	}
	return rights
}
