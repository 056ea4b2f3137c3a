package uninstall

import (
	"context"
	"errors"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	typedfake "k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// cluster is an Uninstaller with the fakes behind it.
type cluster struct {
	*Uninstaller
	dynamic  *fake.FakeDynamicClient
	typed    *typedfake.Clientset
	releases *releases
}

// releases is Helm with one release, or none.
type releases struct {
	content     helm.Content
	uninstalled int
}

func (r *releases) Content(name string) (helm.Content, error) {
	if r.uninstalled > 0 {
		return helm.Content{Release: helm.Release{Name: name, Status: helm.Absent}}, nil
	}
	return r.content, nil
}

func (r *releases) Uninstall(context.Context, string) error {
	r.uninstalled++
	return nil
}

// served is what the API server offers of ESO.
var served = []*metav1.APIResourceList{
	{GroupVersion: "external-secrets.io/v1", APIResources: []metav1.APIResource{
		kind("ExternalSecret", "externalsecrets", true), kind("ClusterExternalSecret", "clusterexternalsecrets", false),
		kind("SecretStore", "secretstores", true), kind("ClusterSecretStore", "clustersecretstores", false),
		kind("ExternalSecret", "externalsecrets/status", true),
	}},
	{GroupVersion: "external-secrets.io/v1alpha1", APIResources: []metav1.APIResource{
		kind("PushSecret", "pushsecrets", true), kind("ExternalSecret", "externalsecrets", true)}},
}

func kind(name, resource string, namespaced bool) metav1.APIResource {
	return metav1.APIResource{Name: resource, Kind: name, Namespaced: namespaced, Verbs: []string{"list", "delete", "watch"}}
}

// newCluster makes one that holds the objects and a deployed release of ESO with its controller.
func newCluster(t *testing.T, objects ...*unstructured.Unstructured) *cluster {
	t.Helper()
	c := &cluster{dynamic: clustertest.Dynamic(append(objects, controller(t, 1))...), typed: typedfake.NewClientset(),
		releases: &releases{content: helm.Content{
			Release: helm.Release{Name: "external-secrets", Status: helm.Deployed, RawStatus: "deployed", Revision: 1, ChartVersion: "1.3.2", Ours: true},
			Objects: []helm.Object{
				{APIVersion: "v1", Kind: "ServiceAccount", Namespace: "external-secrets", Name: "external-secrets"},
				{APIVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinition", Name: "externalsecrets.external-secrets.io"},
			}, BegunByUs: true, FirstDeployed: time.Date(2026, 1, 1, 0, 0, 5, 0, time.UTC)}}}
	c.typed.Resources = served
	c.Uninstaller = &Uninstaller{Namespace: "external-secrets", Release: "external-secrets", Dynamic: c.dynamic, Typed: c.typed, Releases: c.releases,
		Metadata: func(resource schema.GroupVersionResource, namespace string) kube.Reader {
			return c.dynamic.Resource(resource).Namespace(namespace)
		},
		Inhabitants: func(context.Context, string) (kube.Inhabitants, error) { return kube.Inhabitants{}, nil },
		Progress:    func(string) {}}
	return c
}

// plan makes a plan, which must succeed.
func (c *cluster) planned(t *testing.T) *Plan {
	t.Helper()
	p, err := c.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// deletions lists what was deleted, in order.
func (c *cluster) deletions() []string {
	var deleted []string
	for _, action := range c.dynamic.Actions() {
		if d, ok := action.(clienttesting.DeleteAction); ok {
			deleted = append(deleted, d.GetResource().Resource+"/"+d.GetName())
		}
	}
	return deleted
}

// letsGo makes the cluster take the owner from a Secret when it is told to by a patch of the typed client.
func (c *cluster) letsGo() {
	c.typed.PrependReactor("patch", "secrets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch := action.(clienttesting.PatchAction)
		held, err := c.dynamic.Tracker().Get(secretsResource, patch.GetNamespace(), patch.GetName())
		if err != nil {
			return true, nil, err
		}
		after := held.(*unstructured.Unstructured).DeepCopy()
		after.SetOwnerReferences(nil)
		return true, nil, c.dynamic.Tracker().Update(secretsResource, after, patch.GetNamespace())
	})
}

// dead is what the API server says of a webhook without pods.
var dead = apierrors.NewInternalError(errors.New(`failed calling webhook "validate.clustersecretstore.external-secrets.io": failed to call webhook: ` +
	`Post "https://external-secrets-webhook.external-secrets.svc:443/x?timeout=5s": no endpoints available for service "external-secrets-webhook"`))

// addWebhook adds a webhook configuration of the release, which gives that answer.
func (c *cluster) addWebhook(t *testing.T, answer error) {
	t.Helper()
	if answer != nil {
		clustertest.Refuse(&c.dynamic.Fake, "create", "clustersecretstores", answer)
	}
	configuration := &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "externalsecret-validate"},
		Webhooks: []admissionv1.ValidatingWebhook{{Name: "validate.externalsecret.external-secrets.io",
			ClientConfig: admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: "external-secrets", Name: "external-secrets-webhook"}}}}}
	if err := c.typed.Tracker().Add(configuration); err != nil {
		t.Fatal(err)
	}
	c.dynamic.PrependReactor("delete", webhooksResource.Resource, func(action clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, c.typed.Tracker().Delete(webhooksResource, "", action.(clienttesting.DeleteAction).GetName())
	})
}

func controller(t *testing.T, pods int64) *unstructured.Unstructured {
	t.Helper()
	d := clustertest.Available(t, "external-secrets")
	_ = unstructured.SetNestedField(d.Object, pods, "status", "availableReplicas")
	d.SetLabels(map[string]string{"app.kubernetes.io/instance": "external-secrets", "app.kubernetes.io/name": "external-secrets"})
	return d
}

func externalSecret(t *testing.T, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	es := clustertest.Object(t, `
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {finalizers: [externalsecrets.external-secrets.io/externalsecret-cleanup]}
spec: {target: {}}`)
	es.SetNamespace(namespace)
	es.SetName(name)
	return es
}

// owned is the Secret of an ExternalSecret of the same name.
func owned(t *testing.T, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	s := clustertest.Object(t, `
apiVersion: v1
kind: Secret
metadata:
  labels: {reconcile.external-secrets.io/managed: "true"}
  annotations: {reconcile.external-secrets.io/data-hash: h}`)
	s.SetNamespace(namespace)
	s.SetName(name)
	s.SetUID("uid-of-" + "secret")
	s.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "external-secrets.io/v1", Kind: "ExternalSecret", Name: name, UID: "u"}})
	return s
}
