package repair

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	typedfake "k8s.io/client-go/kubernetes/fake"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

var now = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

const definitionName = "externalsecrets.external-secrets.io"

// cluster is a Repairer with the fakes behind it.
type cluster struct {
	*Repairer
	dynamic *fake.FakeDynamicClient
	typed   *typedfake.Clientset
	content helm.Content
	settled int
	// restore is what comes back when the release is settled.
	restore []*unstructured.Unstructured
}

func (c *cluster) Content(string) (helm.Content, error) { return c.content, nil }

func (c *cluster) Settle(context.Context, string) (helm.Release, error) {
	c.settled++
	c.content.Status = helm.Deployed
	for _, o := range c.restore {
		resource := crds.Resource
		if o.GetKind() == "Deployment" {
			resource = kube.DeploymentsResource
		}
		if err := c.dynamic.Tracker().Create(resource, o, o.GetNamespace()); apierrors.IsAlreadyExists(err) {
			err = c.dynamic.Tracker().Update(resource, o, o.GetNamespace())
			if err != nil {
				return helm.Release{}, err
			}
		}
	}
	return c.content.Release, nil
}

// newCluster makes one in which ESO is deployed and whole.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{dynamic: clustertest.Dynamic(definition(t), deployment(t, 1)), typed: typedfake.NewClientset(
		&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "external-secrets", Name: "external-secrets-webhook"}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "external-secrets", Name: "external-secrets-webhook"}, Data: map[string][]byte{"ca.crt": []byte("ca")}},
		webhook("secretstore-validate", "external-secrets", "ca")),
		content: helm.Content{Release: helm.Release{Name: "external-secrets", Status: helm.Deployed, RawStatus: "deployed", Revision: 1, Ours: true, Updated: now},
			Objects: []helm.Object{{APIVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinition", Name: definitionName},
				{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "external-secrets", Name: "external-secrets"}}}}
	c.typed.Resources = []*metav1.APIResourceList{{GroupVersion: "external-secrets.io/v1", APIResources: []metav1.APIResource{
		{Name: "externalsecrets", Kind: "ExternalSecret", Namespaced: true, Verbs: []string{"list", "delete"}}}}}
	c.Repairer = &Repairer{Namespace: "external-secrets", Release: "external-secrets", Dynamic: c.dynamic, Typed: c.typed, Releases: c,
		Metadata: func(resource schema.GroupVersionResource, namespace string) kube.Reader {
			return c.dynamic.Resource(resource).Namespace(namespace)
		},
		Progress: func(string) {}, Now: func() time.Time { return now.Add(time.Second) }}
	return c
}

func definition(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	return clustertest.Object(t, `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: `+definitionName+`}
spec: {group: external-secrets.io, names: {plural: externalsecrets, kind: ExternalSecret}, versions: [{name: v1, served: true, storage: true}]}`)
}

func deployment(t *testing.T, pods int64) *unstructured.Unstructured {
	t.Helper()
	d := clustertest.Available(t, "external-secrets")
	d.SetLabels(map[string]string{"app.kubernetes.io/instance": "external-secrets", "app.kubernetes.io/name": "external-secrets"})
	_ = unstructured.SetNestedField(d.Object, pods, "spec", "replicas")
	_ = unstructured.SetNestedField(d.Object, pods, "status", "availableReplicas")
	return d
}

func webhook(name, namespace, ca string) *admissionv1.ValidatingWebhookConfiguration {
	return &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: name, UID: "w", Labels: map[string]string{"app.kubernetes.io/instance": "external-secrets"}},
		Webhooks: []admissionv1.ValidatingWebhook{{Name: "validate.secretstore.external-secrets.io", ClientConfig: admissionv1.WebhookClientConfig{
			CABundle: []byte(ca), Service: &admissionv1.ServiceReference{Namespace: namespace, Name: "external-secrets-webhook"}}}}}
}

func (c *cluster) planned(t *testing.T) *Plan {
	t.Helper()
	p, err := c.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (c *cluster) add(t *testing.T, objects ...runtime.Object) {
	t.Helper()
	for _, o := range objects {
		tracker := c.typed.Tracker()
		if _, ok := o.(*unstructured.Unstructured); ok {
			tracker = c.dynamic.Tracker()
		}
		if err := tracker.Add(o); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFindings(t *testing.T) {
	pending := func(ours bool, age time.Duration) func(*testing.T, *cluster) {
		return func(_ *testing.T, c *cluster) {
			c.content.Status, c.content.RawStatus, c.content.Ours, c.content.Updated = helm.Pending, "pending-upgrade", ours, now.Add(-age)
		}
	}
	tests := []struct {
		name  string
		spoil func(*testing.T, *cluster)
		// codes of the findings; a dot marks one that blocks, a star one that needs no work.
		want []string
	}{
		{"nothing", func(*testing.T, *cluster) {}, nil},
		{"our run has died", pending(true, 2*time.Minute), []string{"EI203"}},
		{"our run may live", pending(true, 20*time.Second), []string{"EI203."}},
		{"another's run has died", pending(false, 10*time.Minute), []string{"EI203"}},
		{"a repair was killed", func(_ *testing.T, c *cluster) {
			c.content.Status, c.content.RawStatus, c.content.GivenUp, c.content.Updated = helm.Failed, "failed", true, now
		}, []string{"EI203"}},
		{"an upgrade has failed", func(_ *testing.T, c *cluster) { c.content.Status, c.content.RawStatus = helm.Failed, "failed" }, nil},
		{"another's run may live", pending(false, 2*time.Minute), []string{"EI203."}},
		{"webhook without a service, of our release", func(t *testing.T, c *cluster) {
			_ = c.typed.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("services"), "external-secrets", "external-secrets-webhook")
		}, nil},
		{"webhook without a service, of another", func(t *testing.T, c *cluster) { c.add(t, webhook("left", "other", "x")) }, []string{"EI222"}},
		{"webhook without a service and release", func(t *testing.T, c *cluster) {
			_ = c.typed.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("services"), "external-secrets", "external-secrets-webhook")
			c.content = helm.Content{Release: helm.Release{Status: helm.Absent}}
			_ = c.dynamic.Tracker().Delete(kube.DeploymentsResource, "external-secrets", "external-secrets")
		}, []string{"EI222"}},
		{"stale trust", func(t *testing.T, c *cluster) { c.add(t, webhook("more", "external-secrets", "old")) }, []string{"EI223"}},
		{"webhook of another product", func(t *testing.T, c *cluster) {
			w := webhook("kyverno", "gone", "x")
			w.Webhooks[0].Name = "validate.kyverno.svc"
			c.add(t, w)
		}, nil},
		{"definition missing", func(_ *testing.T, c *cluster) { _ = c.dynamic.Tracker().Delete(crds.Resource, "", definitionName) }, []string{"EI247"}},
		{"definition terminating", func(t *testing.T, c *cluster) { terminate(t, c) }, []string{"EI257", "EI247"}},
		{"no pod", func(t *testing.T, c *cluster) { c.idle(t) }, []string{"EI247"}},
		{"record missing", func(_ *testing.T, c *cluster) { c.content = helm.Content{Release: helm.Release{Status: helm.Absent}} }, []string{"EI248*"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(t)
			tt.spoil(t, c)
			var got []string
			for _, f := range c.planned(t).Findings {
				code := string(f.Code)
				switch {
				case f.Blocked:
					code += "."
				case f.mend == nil:
					code += "*"
				}
				got = append(got, code)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
}

// terminate is what kubectl delete crd does.
func terminate(t *testing.T, c *cluster) {
	t.Helper()
	d := definition(t)
	deleted := metav1.NewTime(now)
	d.SetDeletionTimestamp(&deleted)
	d.SetFinalizers([]string{"customresourcecleanup.apiextensions.k8s.io"})
	if err := c.dynamic.Tracker().Update(crds.Resource, d, ""); err != nil {
		t.Fatal(err)
	}
}

func (c *cluster) idle(t *testing.T) {
	t.Helper()
	if err := c.dynamic.Tracker().Update(kube.DeploymentsResource, deployment(t, 0), "external-secrets"); err != nil {
		t.Fatal(err)
	}
}

func TestADeadRunIsEndedWithItsDefinitionsKept(t *testing.T) {
	c := newCluster(t)
	c.content.Status, c.content.Updated = helm.Pending, now.Add(-time.Hour)
	if err := c.Run(t.Context(), c.planned(t)); err != nil || c.settled != 1 {
		t.Fatalf("settled %d times, %v", c.settled, err)
	}
	held, err := c.dynamic.Resource(crds.Resource).Get(t.Context(), definitionName, metav1.GetOptions{})
	if err != nil || held.GetAnnotations()["helm.sh/resource-policy"] != "keep" {
		t.Errorf("the definition has %v, %v", held.GetAnnotations(), err)
	}
}

func TestARunThatMayLiveIsLeftAlone(t *testing.T) {
	c := newCluster(t)
	c.content.Status = helm.Pending
	var blocked *BlockedError
	if err := c.planned(t).Check(); !errors.As(err, &blocked) || !strings.Contains(err.Error(), "wait until it has ended") {
		t.Errorf("%v", err)
	}
}

func TestWhatIsMissingIsAppliedAgain(t *testing.T) {
	c := newCluster(t)
	c.idle(t)
	c.restore = []*unstructured.Unstructured{deployment(t, 1)}
	if err := c.Run(t.Context(), c.planned(t)); err != nil || c.settled != 1 {
		t.Errorf("settled %d times, %v", c.settled, err)
	}
	c.idle(t)
	c.restore = nil
	var unmended *UnmendedError
	if err := c.Run(t.Context(), c.planned(t)); !errors.As(err, &unmended) || !strings.Contains(err.Error(), "external-secrets") {
		t.Errorf("%v", err)
	}
}

func TestLeftoverWebhooksAreDeletedAloneAndOthersStay(t *testing.T) {
	c := newCluster(t)
	c.add(t, webhook("left", "other", "x"))
	p := c.planned(t)
	if !strings.Contains(p.Findings[0].Risk, "another release") {
		t.Errorf("risk %q", p.Findings[0].Risk)
	}
	if err := c.Run(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	list, err := c.typed.AdmissionregistrationV1().ValidatingWebhookConfigurations().List(t.Context(), metav1.ListOptions{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Name != "secretstore-validate" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestStaleTrustIsRenewed(t *testing.T) {
	c := newCluster(t)
	if err := c.typed.Tracker().Update(admissionv1.SchemeGroupVersion.WithResource("validatingwebhookconfigurations"), webhook("secretstore-validate", "external-secrets", "old"), ""); err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context(), c.planned(t)); err != nil {
		t.Fatal(err)
	}
	held, err := c.typed.AdmissionregistrationV1().ValidatingWebhookConfigurations().Get(t.Context(), "secretstore-validate", metav1.GetOptions{})
	if err != nil || string(held.Webhooks[0].ClientConfig.CABundle) != "ca" {
		t.Errorf("%+v, %v", held, err)
	}
}
