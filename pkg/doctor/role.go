package doctor

import (
	"cmp"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Referred names one object that stores refer to: a Secret or a ConfigMap.
type Referred struct{ Resource, Namespace, Name string }

// Roles are the least that the checks need: a ClusterRole, and a Role for each namespace. referred are the objects that the stores refer to; without
// any, a right to what they refer to is left out.
func Roles(name string, checks []Check, c Cluster, referred []Referred) (rbacv1.ClusterRole, []rbacv1.Role) {
	byNamespace := map[string][]rbacv1.PolicyRule{}
	for _, right := range rightsOf(checks, c, referred) {
		byNamespace[right.Namespace] = add(byNamespace[right.Namespace], right)
	}
	cluster := rbacv1.ClusterRole{TypeMeta: metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "ClusterRole"},
		ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: byNamespace[""]}
	var roles []rbacv1.Role
	for namespace, rules := range byNamespace {
		if namespace != "" {
			roles = append(roles, rbacv1.Role{TypeMeta: metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "Role"},
				ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Rules: rules})
		}
	}
	slices.SortFunc(roles, func(a, b rbacv1.Role) int { return cmp.Compare(a.Namespace, b.Namespace) })
	return cluster, roles
}

// Bound are the roles, and for a ServiceAccount what binds them to it; without a name there is none.
func Bound(cluster rbacv1.ClusterRole, roles []rbacv1.Role, namespace, account string) []runtime.Object {
	objects := []runtime.Object{&cluster}
	for i := range roles {
		objects = append(objects, &roles[i])
	}
	if account == "" {
		return objects
	}
	subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: namespace, Name: account}}
	of := func(kind string) metav1.TypeMeta {
		return metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: kind}
	}
	objects = append(objects, &rbacv1.ClusterRoleBinding{TypeMeta: of("ClusterRoleBinding"), ObjectMeta: metav1.ObjectMeta{Name: cluster.Name}, Subjects: subjects,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: cluster.Name}})
	for _, r := range roles {
		objects = append(objects, &rbacv1.RoleBinding{TypeMeta: of("RoleBinding"), ObjectMeta: metav1.ObjectMeta{Name: r.Name, Namespace: r.Namespace}, Subjects: subjects,
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: r.Name}})
	}
	return objects
}

// rightsOf are the rights of the inputs, each once; one in a namespace that everywhere covers is left out.
func rightsOf(checks []Check, c Cluster, referred []Referred) []kube.Right {
	var rights []kube.Right
	for _, input := range Sources(checks) {
		for _, right := range input.Rights(c) {
			if right.Name != ReferredName {
				rights = append(rights, right)
				continue
			}
			for _, r := range referred {
				if r.Resource == right.Resource {
					rights = append(rights, kube.Right{Verb: right.Verb, Resource: r.Resource, Namespace: r.Namespace, Name: r.Name})
				}
			}
		}
	}
	var least []kube.Right
	for _, right := range rights {
		wider := right
		wider.Namespace = ""
		if !slices.Contains(least, right) && (right.Namespace == "" || !slices.Contains(rights, wider)) {
			least = append(least, right)
		}
	}
	return least
}

// add puts a right into the rule for its verb and resource, or makes one.
func add(rules []rbacv1.PolicyRule, right kube.Right) []rbacv1.PolicyRule {
	resource := right.Resource
	if right.Subresource != "" {
		resource += "/" + right.Subresource
	}
	for i := range rules {
		r := &rules[i]
		if r.Verbs[0] != right.Verb || r.APIGroups[0] != right.Group || (len(r.ResourceNames) > 0) != (right.Name != "") {
			continue
		}
		if right.Name == "" {
			if !slices.Contains(r.Resources, resource) {
				r.Resources = append(r.Resources, resource)
			}
			return rules
		}
		if r.Resources[0] == resource {
			if !slices.Contains(r.ResourceNames, right.Name) {
				r.ResourceNames = append(r.ResourceNames, right.Name)
			}
			return rules
		}
	}
	rule := rbacv1.PolicyRule{Verbs: []string{right.Verb}, APIGroups: []string{right.Group}, Resources: []string{resource}}
	if right.Name != "" {
		rule.ResourceNames = []string{right.Name}
	}
	return append(rules, rule)
}
