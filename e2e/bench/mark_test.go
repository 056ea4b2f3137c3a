package main

import (
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	metadatafake "k8s.io/client-go/metadata/fake"
)

// cluster holds the objects, each given as APIVERSION KIND [NAMESPACE/]NAME.
func cluster(t *testing.T, objects ...string) cleaner {
	t.Helper()
	scheme := metadatafake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	var held []runtime.Object
	for _, o := range objects {
		fields := strings.Fields(o)
		obj := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: fields[0], Kind: fields[1]}, ObjectMeta: metav1.ObjectMeta{Name: fields[2]}}
		if space, name, found := strings.Cut(fields[2], "/"); found {
			obj.Namespace, obj.Name = space, name
		}
		if strings.HasPrefix(obj.Name, "sh.helm.release") {
			obj.Labels = map[string]string{"owner": "helm", "name": release}
		}
		held = append(held, obj)
	}
	return cleaner{client: metadatafake.NewSimpleMetadataClient(scheme, held...), marks: fake.NewClientset().CoreV1().ConfigMaps("default"),
		store: "infisical-p", poll: time.Millisecond}
}

const (
	theDefinition = "apiextensions.k8s.io/v1 CustomResourceDefinition externalsecrets.external-secrets.io"
	theNamespace  = "v1 Namespace external-secrets"
	theStore      = "external-secrets.io/v1 ClusterSecretStore infisical-p"
	aTest         = "external-secrets.io/v1 ExternalSecret eso-test/test-dashscope"
)

func content(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestBeginRefusesAClusterThatHasIt(t *testing.T) {
	for object, named := range map[string]string{
		theDefinition: "customresourcedefinitions/externalsecrets.external-secrets.io",
		theNamespace:  "namespaces/external-secrets",
		"v1 Secret elsewhere/sh.helm.release.v1.external-secrets.v1": "secrets/elsewhere/sh.helm.release.v1.external-secrets.v1",
		"v1 Namespace eso-test": "namespaces/eso-test",
	} {
		c := cluster(t, object)
		if err := c.begin(t.Context()); err == nil || !strings.Contains(err.Error(), named) {
			t.Errorf("with %s it begins with %v", object, err)
		}
		if err := c.cleanLeft(t.Context(), true, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "nothing is removed") {
			t.Errorf("with %s and no mark it cleans with %v", object, err)
		}
		if there, err := c.left(t.Context()); err != nil || len(there) == 0 && !strings.Contains(object, "Secret ") {
			t.Errorf("%s is gone: %v", object, err)
		}
	}
}

func TestTwoAtOnce(t *testing.T) {
	c := cluster(t)
	if err := c.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.begin(t.Context()); err == nil || !strings.Contains(err.Error(), "another benchmark") {
		t.Errorf("the second begins with %v", err)
	}
	if err := c.end(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.begin(t.Context()); err != nil {
		t.Errorf("the next begins with %v", err)
	}
}

// killed is a cluster on which a benchmark has begun, and that holds the objects since.
func killed(t *testing.T, objects ...string) cleaner {
	t.Helper()
	c := cluster(t, objects...)
	if _, err := c.marks.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: mark}, Data: map[string]string{markStore: c.store}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.store = "" // it is read from the mark
	return c
}

func TestCleanLeft(t *testing.T) {
	c := killed(t, theDefinition, theNamespace, theStore, aTest, "rbac.authorization.k8s.io/v1 ClusterRole view")
	var out strings.Builder
	if err := c.cleanLeft(t.Context(), false, &out); err != nil {
		t.Fatal(err)
	}
	if there, _ := c.left(t.Context()); len(there) != 2 || !strings.Contains(out.String(), "nothing was removed; -yes") {
		t.Errorf("without -yes %v is left: %s", there, out.String())
	}
	for _, named := range []string{"namespaces/external-secrets\n", "customresourcedefinitions/externalsecrets.external-secrets.io\n", "configmaps/default/eso-infisical-bench\n"} {
		if !strings.Contains(out.String(), named) {
			t.Errorf("it does not name %q: %s", named, out.String())
		}
	}
	if err := c.cleanLeft(t.Context(), true, &out); err != nil {
		t.Fatal(err)
	}
	if there, _ := c.left(t.Context()); len(there) > 0 {
		t.Errorf("%v is left", there)
	}
	if _, err := c.client.Resource(clusterWide[2]).Get(t.Context(), "view", metav1.GetOptions{}); err != nil {
		t.Errorf("what is another's has gone: %v", err)
	}
	if err := c.cleanLeft(t.Context(), true, &out); err == nil {
		t.Error("there is nothing left to clean up, and it does not say so")
	}
}

func TestOthersAreNeverRemoved(t *testing.T) {
	for _, foreign := range []string{
		"external-secrets.io/v1 ExternalSecret shop/db", "external-secrets.io/v1 ClusterSecretStore infisical-other", "external-secrets.io/v1 SecretStore shop/infisical-p",
		"external-secrets.io/v1 ClusterExternalSecret all", "external-secrets.io/v1alpha1 PushSecret shop/db",
	} {
		c := killed(t, theDefinition, theNamespace, theStore, foreign)
		err := c.cleanLeft(t.Context(), true, &strings.Builder{})
		if name := foreign[strings.LastIndex(foreign, " ")+1:]; err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", foreign, err)
		}
		if there, _ := c.left(t.Context()); len(there) != 2 {
			t.Errorf("%s: only %v is left", foreign, there)
		}
		if err := c.clean(t.Context()); err == nil {
			t.Errorf("%s: a run's own cleaning removes it", foreign)
		}
	}
}
