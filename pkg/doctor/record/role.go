package record

import (
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Role is all that recording needs to be allowed: to write Events, and to change the one ConfigMap.
func Role(name, namespace, configMap string) rbacv1.Role {
	return rbacv1.Role{TypeMeta: metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "Role"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Rules: []rbacv1.PolicyRule{
			{Verbs: []string{"create"}, APIGroups: []string{eventsv1.GroupName}, Resources: []string{"events"}},
			{Verbs: []string{"get", "update"}, APIGroups: []string{corev1.GroupName}, Resources: []string{"configmaps"}, ResourceNames: []string{configMap}},
		}}
}
