//go:build e2e

package e2e

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

var resources = map[string]schema.GroupVersionResource{
	"namespaces":                      {Version: "v1", Resource: "namespaces"},
	"secrets":                         {Version: "v1", Resource: "secrets"},
	"pods":                            {Version: "v1", Resource: "pods"},
	"configmaps":                      {Version: "v1", Resource: "configmaps"},
	"deployments":                     {Group: "apps", Version: "v1", Resource: "deployments"},
	"clustersecretstores":             {Group: "external-secrets.io", Version: "v1", Resource: "clustersecretstores"},
	"customresourcedefinitions":       {Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"},
	"validatingwebhookconfigurations": {Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"},
	"clusterroles":                    {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"},
	"clusterrolebindings":             {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"},
	"resourcequotas":                  {Version: "v1", Resource: "resourcequotas"},
	"externalsecrets":                 {Group: "external-secrets.io", Version: "v1", Resource: "externalsecrets"},
	"events":                          {Version: "v1", Resource: "events"},
	"leases":                          {Group: "coordination.k8s.io", Version: "v1", Resource: "leases"},
	"networkpolicies":                 {Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"},
}

func gone(t *testing.T, client dynamic.Interface, resource, namespace, name string) {
	t.Helper()
	_, err := client.Resource(resources[resource]).Namespace(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("%s %s is there (%v)", resource, name, err)
	}
}

// ownObjects are all that the product keeps in the cluster.
func ownObjects(t *testing.T, client dynamic.Interface) []unstructured.Unstructured {
	t.Helper()
	var all []unstructured.Unstructured
	for _, from := range []struct{ resource, namespace string }{
		{"clustersecretstores", ""}, {"secrets", "external-secrets"}, {"configmaps", "external-secrets"}, {"externalsecrets", ""},
	} {
		list, err := client.Resource(resources[from.resource]).Namespace(from.namespace).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list.Items...)
	}
	return all
}

// versions maps every object to its resource version.
func versions(t *testing.T, client dynamic.Interface) map[string]string {
	t.Helper()
	seen := map[string]string{}
	for _, obj := range ownObjects(t, client) {
		seen[obj.GetKind()+"/"+obj.GetNamespace()+"/"+obj.GetName()] = obj.GetResourceVersion()
	}
	deployments, err := client.Resource(resources["deployments"]).Namespace("external-secrets").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range deployments.Items {
		seen["Deployment/"+d.GetName()] = string(d.GetUID()) + " " + d.GetLabels()["helm.sh/chart"]
	}
	return seen
}
