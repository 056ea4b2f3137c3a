package preflight

import (
	"context"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Ungrantable are the rights in the chart's roles that the user lacks. Who may escalate and bind may grant what he does not hold.
func (c Cluster) Ungrantable(ctx context.Context, s Subject) ([]kube.Right, error) {
	var missing []kube.Right
	for _, role := range []struct{ kind, resource, namespace string }{{"ClusterRole", "clusterroles", ""}, {"Role", "roles", s.Namespace}} {
		on := kube.Right{Group: rbacv1.GroupName, Resource: role.resource, Namespace: role.namespace}
		free, err := kube.MissingRights(ctx, c.Typed, kube.On(on, "escalate", "bind"))
		if err != nil {
			return nil, err
		}
		if len(free) == 0 {
			continue
		}
		lacking, err := kube.MissingRights(ctx, c.Typed, granted(s, role.kind))
		if err != nil {
			return nil, err
		}
		missing = append(missing, lacking...)
	}
	return missing, nil
}

// granted are the rights in all roles of the kind, each one once.
func granted(s Subject, kind string) []kube.Right {
	var rights []kube.Right
	for _, obj := range s.Objects {
		if obj.GetKind() != kind {
			continue
		}
		namespace := ""
		if kind == "Role" {
			namespace = placeOf(obj, s.Namespace).namespace
		}
		for _, rule := range rulesOf(obj) {
			rights = append(rights, expand(rule, namespace)...)
		}
	}
	return unique(rights)
}

func rulesOf(obj *unstructured.Unstructured) []rbacv1.PolicyRule {
	var role rbacv1.ClusterRole
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &role); err != nil {
		return nil
	}
	return role.Rules
}

// expand lists the single rights of a rule on resources. ESO's chart has no other rules.
func expand(rule rbacv1.PolicyRule, namespace string) []kube.Right {
	names := rule.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	var rights []kube.Right
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, name := range names {
				on := kube.Right{Group: group, Namespace: namespace, Name: name}
				on.Resource, on.Subresource, _ = strings.Cut(resource, "/")
				rights = append(rights, kube.On(on, rule.Verbs...)...)
			}
		}
	}
	return rights
}
