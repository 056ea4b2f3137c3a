package kube

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata/fake"
)

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

func bare(name string) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name, UID: "u", Labels: map[string]string{"l": "v"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ExternalSecret", Name: "e"}}}}
}

func TestMetadataIsReadAsObjects(t *testing.T) {
	scheme := fake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	client := fake.NewSimpleMetadataClient(scheme, bare("a"))
	reader := metadataReader{client.Resource(secrets).Namespace("n")}
	var read []unstructured.Unstructured
	err := EachPage(t.Context(), reader, metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		read = append(read, page...)
		return nil
	})
	if err != nil || len(read) != 1 {
		t.Fatalf("%d objects, %v", len(read), err)
	}
	obj := read[0]
	if obj.GetName() != "a" || obj.GetUID() != "u" || obj.GetLabels()["l"] != "v" || len(obj.GetOwnerReferences()) != 1 || obj.GetKind() != "Secret" {
		t.Errorf("read %+v", obj.Object)
	}
}

func TestMetadataIsWatchedAsObjects(t *testing.T) {
	scheme := fake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	client := fake.NewSimpleMetadataClient(scheme)
	w, err := metadataReader{client.Resource(secrets).Namespace("n")}.Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if err := client.Tracker().Create(secrets, bare("b"), "n"); err != nil {
		t.Fatal(err)
	}
	select {
	case event := <-w.ResultChan():
		if obj, ok := event.Object.(*unstructured.Unstructured); !ok || obj.GetName() != "b" {
			t.Errorf("event %+v", event)
		}
	case <-time.After(time.Minute):
		t.Fatal("no event")
	}
}
