package uninstall

import (
	"context"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// RequireRights asks for every right that carrying out the plan takes, and fails with a *kube.DeniedError that names all that are missing.
func (u *Uninstaller) RequireRights(ctx context.Context, p *Plan) error {
	return kube.RequireRights(ctx, u.Typed, "uninstall External Secrets Operator", u.rights(p))
}

func (u *Uninstaller) rights(p *Plan) []kube.Right {
	var rights []kube.Right
	add := func(r kube.Right, verbs ...string) {
		for _, right := range kube.On(r, verbs...) {
			if !slices.Contains(rights, right) {
				rights = append(rights, right)
			}
		}
	}
	for _, k := range p.Kinds {
		right := kube.Right{Group: k.resource.Group, Resource: k.resource.Resource}
		add(right, "list", "delete")
		if u.KeepSecrets && (k.Name == "ExternalSecret" || k.Name == "ClusterExternalSecret") || u.ForceFinalizers {
			add(right, "get", "patch")
		}
		if u.ForceFinalizers && k.Name == "ClusterExternalSecret" {
			add(kube.Right{Resource: namespacesResource.Resource}, "list", "patch") // see releaseNamespaces
		}
	}
	if u.KeepSecrets && len(p.Secrets) > 0 {
		add(kube.Right{Resource: "secrets"}, "list", "patch")
	}
	for _, items := range [][]Item{p.Webhooks, p.Definitions, p.Own, p.Namespaces} {
		for _, i := range p.going(items) {
			add(kube.Right{Group: i.resource.Group, Resource: i.resource.Resource, Namespace: i.Namespace}, "list", "delete")
		}
	}
	if p.Release.Absent() {
		return rights
	}
	add(kube.Right{Resource: "secrets", Namespace: u.Namespace}, "get", "list", "update", "delete")
	for _, o := range p.Release.Objects {
		if o.Fate == Deleted {
			add(kube.Right{Group: o.resource.Group, Resource: o.resource.Resource, Namespace: o.Namespace}, "get", "delete")
		}
	}
	if p.made {
		add(kube.Right{Resource: "namespaces", Name: u.Namespace}, "patch")
	}
	return rights
}
