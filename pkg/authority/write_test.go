package authority

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

var (
	inConfigMap = eso.CASource{Reference: eso.Reference{Namespace: "external-secrets", Name: "ca"}}
	inSecret    = eso.CASource{Reference: eso.Reference{Namespace: "external-secrets", Name: "ca"}, Secret: true}
)

func codeOf(err error) cause.Code {
	c, _ := cause.Of(err)
	return c.Code
}

// writeOnce reads and writes, as two calls do that follow each other.
func writeOnce(t *testing.T, client dynamic.Interface, source eso.CASource, b trust.Bundle) (Written, error) {
	t.Helper()
	held, err := Read(t.Context(), client, source)
	if err != nil {
		t.Fatal(err)
	}
	return Write(t.Context(), client, source, held, b, nil, false)
}

func TestWriteAndReadBack(t *testing.T) {
	a, b := root(t, "A"), root(t, "B")
	for _, source := range []eso.CASource{inConfigMap, inSecret} {
		client := clustertest.Dynamic()
		if held, err := Read(t.Context(), client, source); err != nil || held.Exists() {
			t.Fatalf("%s: %+v, %v", source, held, err)
		}
		for _, step := range []struct {
			bundle trust.Bundle
			want   kube.Outcome
		}{{bundleOf(a), kube.Created}, {bundleOf(a), kube.Unchanged}, {bundleOf(a, b), kube.Changed}, {bundleOf(b, a), kube.Unchanged}} {
			written, err := writeOnce(t, client, source, step.bundle)
			if err != nil || written.Outcome != step.want {
				t.Fatalf("%s: %+v, %v, want %s", source, written, err, step.want)
			}
		}
		held, err := Read(t.Context(), client, source)
		if err != nil || !held.Bundle.Same(bundleOf(a, b)) {
			t.Errorf("%s: %+v, %v", source, held, err)
		}
		obj, err := client.Resource(source.Resource()).Namespace(source.Namespace).Get(t.Context(), source.Name, metav1.GetOptions{})
		if err != nil || obj.GetKind() != source.Kind() || obj.GetLabels()[kube.ManagedByLabel] != kube.FieldManager {
			t.Errorf("%s: %v, %v", source, obj, err)
		}
	}
}

func TestAChangeMeanwhileIsKept(t *testing.T) {
	a, b, c := root(t, "A"), root(t, "B"), root(t, "C")
	client := clustertest.Dynamic(held(inConfigMap, bundleOf(a)))
	before, err := Read(t.Context(), client, inConfigMap)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writeOnce(t, client, inConfigMap, bundleOf(b)); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), client, inConfigMap, before, bundleOf(c), nil, true); codeOf(err) != "EI105" {
		t.Errorf("error = %v", err)
	}
	if now, _ := Read(t.Context(), client, inConfigMap); !now.Bundle.Same(bundleOf(b)) {
		t.Error("the change is lost")
	}
}

// held is an object with the bundle, as a person would have made it.
func held(source eso.CASource, b trust.Bundle) *unstructured.Unstructured {
	obj := source.Object(b.PEM())
	obj.SetResourceVersion("7")
	return obj
}

func TestObjectsThatAreNotWritten(t *testing.T) {
	a, b := root(t, "A"), root(t, "B")
	tests := map[string]struct {
		source eso.CASource
		change func(*unstructured.Unstructured)
		want   cause.Code
	}{
		"kept by Argo CD": {inConfigMap, func(o *unstructured.Unstructured) {
			o.SetAnnotations(map[string]string{"argocd.argoproj.io/tracking-id": "x"})
		}, "EI415"},
		"kept by cert-manager": {inSecret, func(o *unstructured.Unstructured) {
			yes := true
			o.SetOwnerReferences([]metav1.OwnerReference{{Kind: "Certificate", Name: "c", Controller: &yes}})
		}, "EI415"},
		"immutable": {inConfigMap, func(o *unstructured.Unstructured) { o.Object["immutable"] = true }, "EI416"},
		"a Secret with credentials": {inSecret, func(o *unstructured.Unstructured) {
			_ = unstructured.SetNestedField(o.Object, "eA==", "data", "clientSecret")
		}, "EI417"},
	}
	for name, tt := range tests {
		obj := held(tt.source, bundleOf(a))
		tt.change(obj)
		client := clustertest.Dynamic(obj)
		if _, err := writeOnce(t, client, tt.source, bundleOf(b)); codeOf(err) != tt.want {
			t.Errorf("%s: error = %v, want %s", name, err, tt.want)
		}
		// What is right already may be kept by whoever likes.
		if written, err := writeOnce(t, client, tt.source, bundleOf(a)); err != nil || written.Outcome != kube.Unchanged {
			t.Errorf("%s, with the right CA: %+v, %v", name, written, err)
		}
	}
}

func TestTakenOverFromAPerson(t *testing.T) {
	obj := held(inConfigMap, bundleOf(root(t, "A")))
	obj.SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: "kubectl-create", FieldsV1: metav1.NewFieldsV1(`{"f:data":{"f:ca.crt":{}}}`)}})
	written, err := writeOnce(t, clustertest.Dynamic(obj), inConfigMap, bundleOf(root(t, "B")))
	if err != nil || strings.Join(written.Adopted, "") != "kubectl-create" {
		t.Errorf("%+v, %v", written, err)
	}
}

func TestAPrivateKeyInTheClusterIsReplaced(t *testing.T) {
	a := root(t, "A")
	obj := inConfigMap.Object(append(bundleOf(a).PEM(), []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")...))
	client := clustertest.Dynamic(obj)
	if written, err := writeOnce(t, client, inConfigMap, bundleOf(a)); err != nil || written.Outcome != kube.Changed {
		t.Fatalf("%+v, %v", written, err)
	}
	now, err := Read(t.Context(), client, inConfigMap)
	if err != nil || strings.Contains(string(now.pem), "PRIVATE") {
		t.Errorf("%s, %v", now.pem, err)
	}
}

func TestReadWithoutTheRight(t *testing.T) {
	client := clustertest.Dynamic()
	clustertest.Refuse(&client.Fake, "get", "configmaps", clustertest.Forbidden("configmaps"))
	if _, err := Read(t.Context(), client, inConfigMap); !apierrors.IsForbidden(err) {
		t.Errorf("error = %v", err)
	}
}

func TestThePreviewOfACAIsTrue(t *testing.T) {
	source := eso.CASource{Reference: eso.Reference{Namespace: "external-secrets", Name: "infisical-ca"}}
	ours, theirs := bundleOf(root(t, "ours")), bundleOf(root(t, "theirs"))
	for name, tt := range map[string]struct {
		objects []*unstructured.Unstructured
		want    kube.Outcome
	}{
		"there is none": {nil, kube.Created},
		"the very same": {[]*unstructured.Unstructured{held(source, ours)}, kube.Unchanged},
		"another":       {[]*unstructured.Unstructured{held(source, theirs)}, kube.Changed},
	} {
		client := clustertest.Dynamic(tt.objects...)
		before, err := Read(t.Context(), client, source)
		if err != nil {
			t.Fatal(err)
		}
		previewed, err := Preview(source, before, ours)
		written, writeErr := Write(t.Context(), client, source, before, ours, nil, false)
		if err != nil || writeErr != nil || previewed.Outcome != tt.want || written.Outcome != tt.want {
			t.Errorf("%s: previewed %+v, %v; written %+v, %v", name, previewed, err, written, writeErr)
		}
	}
}
