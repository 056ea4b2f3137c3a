package kube

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	fakediscovery "k8s.io/client-go/discovery/fake"
	"k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"
)

func resource(name, kind string, verbs ...string) metav1.APIResource {
	return metav1.APIResource{Name: name, Kind: kind, Namespaced: true, Verbs: verbs}
}

var listable = []string{"create", "delete", "get", "list"}

// lookout is a cluster with some kinds and the objects.
func lookout(t *testing.T, objects ...*metav1.PartialObjectMetadata) (Lookout, *fake.FakeMetadataClient) {
	t.Helper()
	known := &clienttesting.Fake{Resources: []*metav1.APIResourceList{
		{GroupVersion: "v1", APIResources: []metav1.APIResource{resource("secrets", "Secret", listable...), resource("configmaps", "ConfigMap", listable...),
			resource("serviceaccounts", "ServiceAccount", listable...), resource("events", "Event", listable...), resource("bindings", "Binding", "create"),
			resource("pods/log", "Pod", "get"), {Name: "nodes", Kind: "Node", Verbs: listable}}},
		{GroupVersion: "metrics.k8s.io/v1beta1", APIResources: []metav1.APIResource{resource("pods", "PodMetrics", "get", "list")}},
		{GroupVersion: "example.com/v1", APIResources: []metav1.APIResource{resource("widgets", "Widget", listable...)}},
	}}
	scheme := fake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	var all []runtime.Object
	for _, o := range objects {
		all = append(all, o)
	}
	client := fake.NewSimpleMetadataClient(scheme, all...)
	return Lookout{Discovery: &fakediscovery.FakeDiscovery{Fake: known}, Metadata: client}, client
}

func partial(apiVersion, kind, name string, change ...func(*metav1.PartialObjectMetadata)) *metav1.PartialObjectMetadata {
	o := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}, ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name}}
	for _, c := range change {
		c(o)
	}
	return o
}

func TestInhabitantsAreOfEveryKind(t *testing.T) {
	elsewhere := partial("v1", "Secret", "elsewhere", func(o *metav1.PartialObjectMetadata) { o.Namespace = "other" })
	tokenOf := func(o *metav1.PartialObjectMetadata) {
		o.Annotations = map[string]string{"kubernetes.io/service-account.name": "default"}
	}
	l, _ := lookout(t, partial("v1", "Secret", "s"), partial("v1", "Secret", "default-token-x", tokenOf), elsewhere,
		partial("v1", "ConfigMap", "kube-root-ca.crt"), partial("v1", "ConfigMap", "c"), partial("v1", "ServiceAccount", "default"),
		partial("v1", "Event", "e"), partial("example.com/v1", "Widget", "w"))
	found, err := l.Inhabitants(t.Context(), "n")
	if err != nil || len(found.Unseen) != 0 {
		t.Fatalf("unseen %v, %v", found.Unseen, err)
	}
	if got := found.Names(9); got != "configmaps/c, secrets/s, widgets.example.com/w" {
		t.Errorf("found %s", got)
	}
	if got := found.Names(1); got != "configmaps/c, and 2 more" {
		t.Errorf("in short %s", got)
	}
	others := found.Except(func(i Inhabitant) bool { return i.Resource.Resource == "secrets" })
	if others.Names(9) != "configmaps/c, widgets.example.com/w" || len(found.Objects) != 3 {
		t.Errorf("except Secrets: %s, and before: %s", others.Names(9), found.Names(9))
	}
}

func TestWhatMayNotBeListedIsUnseen(t *testing.T) {
	l, client := lookout(t, partial("v1", "Secret", "s"))
	client.PrependReactor("list", "widgets", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "widgets"}, "", errors.New("no"))
	})
	found, err := l.Inhabitants(t.Context(), "n")
	if err != nil || found.Names(9) != "secrets/s" || len(found.Unseen) != 1 || !strings.HasPrefix(found.Unseen[0].Error(), "widgets.example.com: ") ||
		!apierrors.IsForbidden(found.Unseen[0]) {
		t.Errorf("found %s, unseen %v, %v", found.Names(9), found.Unseen, err)
	}
}

func TestAKindThatHasGoneIsNotUnseen(t *testing.T) {
	l, client := lookout(t)
	client.PrependReactor("list", "widgets", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewNotFound(schema.GroupResource{Resource: "widgets"}, "")
	})
	if found, err := l.Inhabitants(t.Context(), "n"); err != nil || len(found.Unseen)+len(found.Objects) != 0 {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestAClusterThatDoesNotAnswer(t *testing.T) {
	l, _ := lookout(t)
	l.Discovery.(*fakediscovery.FakeDiscovery).PrependReactor("get", "resource", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, errors.New("boom")
	})
	found, err := l.Inhabitants(t.Context(), "n")
	if err == nil && len(found.Unseen) == 0 {
		t.Error("a cluster whose kinds nobody knows is called empty")
	}
}

func TestHeldNamesFinalizers(t *testing.T) {
	now := metav1.Now()
	deleting := func(finalizers ...string) func(*metav1.PartialObjectMetadata) {
		return func(o *metav1.PartialObjectMetadata) { o.DeletionTimestamp, o.Finalizers = &now, finalizers }
	}
	widget := func(name string, change ...func(*metav1.PartialObjectMetadata)) Inhabitant {
		return Inhabitant{*partial("example.com/v1", "Widget", name, change...), schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "widgets"}}
	}
	all := Inhabitants{Objects: []Inhabitant{widget("a", deleting("x/y", "z")), widget("b", deleting()),
		widget("c", func(o *metav1.PartialObjectMetadata) { o.Finalizers = []string{"kept"} })}}
	if diff := cmp.Diff([]string{"widgets.example.com/a waits for finalizer x/y, z"}, all.Held()); diff != "" {
		t.Error(diff)
	}
}
