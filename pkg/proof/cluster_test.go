package proof

import (
	"context"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	fakediscovery "k8s.io/client-go/discovery/fake"
	"k8s.io/client-go/dynamic/fake"
	typedfake "k8s.io/client-go/kubernetes/fake"
	metadatafake "k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// cluster is a Prover and what lies below it.
type cluster struct {
	*Prover
	dynamic  *fake.FakeDynamicClient
	typed    *typedfake.Clientset
	metadata *metadatafake.FakeMetadataClient
}

// newCluster sorts the objects by the clients that read them: what others put into a namespace is seen by its metadata alone.
func newCluster(t *testing.T, objects ...runtime.Object) *cluster {
	t.Helper()
	var custom []*unstructured.Unstructured
	var typed, bare []runtime.Object
	for _, o := range objects {
		switch o := o.(type) {
		case *unstructured.Unstructured:
			custom = append(custom, o)
		case *metav1.PartialObjectMetadata:
			bare = append(bare, o)
		default:
			typed = append(typed, o)
		}
	}
	scheme := metadatafake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	c := &cluster{dynamic: clustertest.Dynamic(custom...), typed: typedfake.NewClientset(typed...), metadata: metadatafake.NewSimpleMetadataClient(scheme, bare...)}
	c.answer(true)
	verbs := metav1.Verbs{"list", "delete"}
	known := &clienttesting.Fake{Resources: []*metav1.APIResourceList{
		{GroupVersion: "v1", APIResources: []metav1.APIResource{{Name: "secrets", Namespaced: true, Verbs: verbs}, {Name: "configmaps", Namespaced: true, Verbs: verbs},
			{Name: "pods", Namespaced: true, Verbs: verbs}}},
		{GroupVersion: "example.com/v1", APIResources: []metav1.APIResource{{Name: "widgets", Namespaced: true, Verbs: verbs}}},
	}}
	c.Prover = &Prover{Dynamic: c.dynamic, Typed: c.typed, Progress: func(string) {},
		Lookout: kube.Lookout{Discovery: &fakediscovery.FakeDiscovery{Fake: known}, Metadata: c.metadata}}
	return c
}

// answer answers every question for a right.
func (c *cluster) answer(allowed bool) {
	c.typed.PrependReactor("create", "selfsubjectaccessreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &authorizationv1.SelfSubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: allowed}}, nil
	})
}

// space is a namespace eso-test; ours carries the labels of one that was made for tests.
func space(ours bool) *corev1.Namespace {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "eso-test"}}
	if ours {
		ns.Labels = map[string]string{kube.ManagedByLabel: kube.FieldManager, "eso-infisical.dev/purpose": "test"}
	}
	return ns
}

// bare is an object of others in the namespace, as metadata show it.
func bare(apiVersion, kind, name string, labels map[string]string) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: apiVersion, Kind: kind},
		ObjectMeta: metav1.ObjectMeta{Namespace: "eso-test", Name: name, Labels: labels}}
}

// externalSecret is one in the namespace; ours is one of a test.
func externalSecret(t *testing.T, name string, ours bool) *unstructured.Unstructured {
	t.Helper()
	o := clustertest.Object(t, `{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {namespace: eso-test}}`)
	o.SetName(name)
	if ours {
		o.SetLabels(map[string]string{kube.ManagedByLabel: kube.FieldManager, "eso-infisical.dev/purpose": "test"})
	}
	return o
}

// left counts the ExternalSecrets and the namespaces that the cluster holds.
func (c *cluster) left(t *testing.T) (externalSecrets, namespaces int) {
	t.Helper()
	es, err := c.dynamic.Resource(eso.ExternalSecrets).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ns, err := c.typed.CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return len(es.Items), len(ns.Items)
}

// syncs lets ESO call every test ready, and write value for its key as soon as it is looked for; without value it writes no Secret.
func (c *cluster) syncs(t *testing.T, data map[string][]byte) {
	t.Helper()
	c.dynamic.PrependReactor("list", "externalsecrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		list, err := c.dynamic.Tracker().List(eso.ExternalSecrets, eso.ExternalSecrets.GroupVersion().WithKind("ExternalSecret"), "eso-test")
		if err != nil {
			return true, nil, err
		}
		for _, o := range list.(*unstructured.UnstructuredList).Items {
			ready := clustertest.Ready(o.DeepCopy(), "True")
			if err := c.dynamic.Tracker().Update(eso.ExternalSecrets, ready, "eso-test"); err != nil {
				return true, nil, err
			}
			secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "eso-test", Name: o.GetName(),
				Labels: map[string]string{"reconcile.external-secrets.io/managed": "true"}}, Data: data}
			if data != nil {
				_ = c.typed.Tracker().Add(secret) // it may be there already
			}
		}
		return false, nil, nil
	})
}

// request is one for KEY, whose value in Infisical is the canary.
func request() Request {
	return Request{Store: eso.Store{Name: "s", Project: "p", Environment: "prod", Path: "/"}, Namespace: "eso-test", Keys: []string{"KEY"}, Timeout: time.Minute,
		Read: func(_ context.Context, use func(Reader) error) error { return use(vault{"KEY": canary}) }}
}

// vault is an Infisical with one folder.
type vault map[string]string

func (v vault) Secrets(context.Context, infisical.Scope) (map[string]infisical.Secret, error) {
	secrets := map[string]infisical.Secret{}
	for key, value := range v {
		secrets[key] = infisical.Secret{Key: key, Value: []byte(value)}
	}
	return secrets, nil
}

// fails lets ESO fail with every test for the reason in text.
func (c *cluster) fails(t *testing.T, text string) {
	t.Helper()
	c.dynamic.PrependReactor("list", "externalsecrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		list, err := c.dynamic.Tracker().List(eso.ExternalSecrets, eso.ExternalSecrets.GroupVersion().WithKind("ExternalSecret"), "eso-test")
		if err != nil {
			return true, nil, err
		}
		for _, o := range list.(*unstructured.UnstructuredList).Items {
			event := clustertest.Object(t, "{apiVersion: v1, kind: Event, reason: UpdateFailed}")
			event.SetNamespace("eso-test")
			event.SetName(o.GetName())
			event.Object["message"] = text
			event.Object["involvedObject"] = map[string]any{"kind": "ExternalSecret", "name": o.GetName()}
			_ = c.dynamic.Tracker().Create(kube.EventsResource, event, "eso-test") // it may be there already
			if err := c.dynamic.Tracker().Update(eso.ExternalSecrets, clustertest.Ready(o.DeepCopy(), "False"), "eso-test"); err != nil {
				return true, nil, err
			}
		}
		return false, nil, nil
	})
}

// made counts the ExternalSecrets that were created.
func (c *cluster) made() int {
	names := map[string]bool{}
	for _, action := range c.dynamic.Actions() {
		if patch, is := action.(clienttesting.PatchAction); is && action.GetResource() == eso.ExternalSecrets {
			names[patch.GetName()] = true
		}
	}
	return len(names)
}
