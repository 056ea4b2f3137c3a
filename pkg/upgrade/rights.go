package upgrade

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/preflight"
)

// Require asks for every right that the whole run may need, the way back included, and for those that ESO's roles grant: nobody may grant
// what he does not hold. It fails with a *kube.DeniedError if one is missing.
func (u *Upgrader) Require(ctx context.Context, p *Plan) error {
	u.Progress("asking for the rights")
	all := kube.Right{Verb: "*", Group: "*", Resource: "*"}
	missing, err := kube.MissingRights(ctx, u.Typed, []kube.Right{all})
	if err != nil || len(missing) == 0 {
		return err // One question spares hundreds.
	}
	if missing, err = kube.MissingRights(ctx, u.Typed, p.rights()); err != nil {
		return err
	}
	ungrantable, err := u.surroundings().Ungrantable(ctx, p.subject)
	if err != nil {
		return err
	}
	if missing = append(missing, ungrantable...); len(missing) > 0 {
		return &kube.DeniedError{Doing: p.tried(), Rights: missing}
	}
	return nil
}

func (p *Plan) rights() []kube.Right {
	var all []kube.Right
	for _, group := range [][]kube.Right{p.ownRights(), p.proofRights(), p.definitionRights(), p.objectRights()} {
		for _, r := range group {
			if !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	return all
}

// ownRights are for the journal, Helm's records and the wait.
func (p *Plan) ownRights() []kube.Right {
	in := func(group, resource string) kube.Right {
		return kube.Right{Group: group, Resource: resource, Namespace: p.Namespace}
	}
	return slices.Concat(
		kube.On(in("", "configmaps"), "get", "list", "watch", "create", "update", "patch", "delete"),
		kube.On(in("", "secrets"), "get", "list", "create", "update", "delete"),
		kube.On(in("apps", "deployments"), "list", "watch"),
		kube.On(in("", "pods"), "list", "watch"),
	)
}

// proofRights are for making ESO look at stores and ExternalSecrets, and for reading what it says.
func (p *Plan) proofRights() []kube.Right {
	rights := kube.On(kube.Right{Group: eso.ClusterSecretStores.Group, Resource: eso.ClusterSecretStores.Resource}, "get", "list", "watch", "patch", "create")
	for _, s := range p.Stores {
		key := s.key()
		events := kube.Right{Resource: "events", Namespace: key.EventNamespace()}
		rights = append(rights, kube.On(events, "list", "watch")...)
		if s.Namespace != "" {
			rights = append(rights, kube.On(kube.Right{Group: eso.SecretStores.Group, Resource: eso.SecretStores.Resource, Namespace: s.Namespace},
				"get", "list", "watch", "patch")...)
		}
		if namespace := s.secretNamespace(); namespace != "" {
			rights = append(rights, kube.On(kube.Right{Group: eso.ExternalSecrets.Group, Resource: eso.ExternalSecrets.Resource, Namespace: namespace},
				"get", "list", "watch", "patch")...)
		}
	}
	return rights
}

// definitionRights are for the backup, and for marking and migrating.
func (p *Plan) definitionRights() []kube.Right {
	var rights []kube.Right
	for _, d := range p.cluster {
		rights = append(rights, kube.Right{Verb: "list", Group: d.Group, Resource: d.Plural})
		if !d.Kept {
			rights = append(rights, kube.Right{Verb: "patch", Group: crds.Resource.Group, Resource: crds.Resource.Resource, Name: d.Name})
		}
	}
	for _, c := range p.changes {
		if len(c.Migrate)+len(c.MigrateLater) == 0 {
			continue
		}
		rights = append(rights, kube.On(kube.Right{Group: c.Definition.Group, Resource: c.Definition.Plural}, "get", "list", "update")...)
		rights = append(rights, kube.Right{Verb: "patch", Group: crds.Resource.Group, Resource: crds.Resource.Resource, Subresource: "status", Name: c.Definition.Name})
	}
	return rights
}

// objectRights are for all that the old revision or the new one holds: Helm reads and patches what stays, and on the way there or back
// creates and deletes what only one of them has.
func (p *Plan) objectRights() []kube.Right {
	var rights []kube.Right
	for _, o := range p.objects {
		r := p.rightOn(o)
		named := r
		named.Name = o.GetName()
		rights = append(rights, kube.On(named, "get", "patch")...)
		rights = append(rights, kube.On(r, "create")...)
		if o.GetKind() != "CustomResourceDefinition" {
			rights = append(rights, kube.On(named, "delete")...)
		}
	}
	return rights
}

// rightOn is on the object's kind, where it is.
func (p *Plan) rightOn(o *unstructured.Unstructured) kube.Right {
	resource, namespaced := preflight.ResourceOf(o)
	namespace := o.GetNamespace()
	if namespaced && namespace == "" {
		namespace = p.Namespace
	}
	return kube.Right{Group: resource.Group, Resource: resource.Resource, Namespace: namespace}
}
