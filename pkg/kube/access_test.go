package kube

import (
	"context"
	"errors"
	"fmt"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// reviewing is an API server that allows what allow says, or fails with err.
func reviewing(allow func(*authorizationv1.ResourceAttributes) bool, err error) *fake.Clientset {
	client := fake.NewClientset()
	client.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy()
		review.Status.Allowed = allow(review.Spec.ResourceAttributes)
		return true, review, err
	})
	return client
}

func TestRequireRights(t *testing.T) {
	rights := append(On(Right{Resource: "secrets", Namespace: "external-secrets"}, "get", "patch"),
		Right{Verb: "create", Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions"},
		Right{Verb: "update", Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions", Subresource: "status", Name: "x"})
	reading := func(a *authorizationv1.ResourceAttributes) bool {
		return a.Verb == "get" && a.Namespace == "external-secrets"
	}
	err := RequireRights(context.Background(), reviewing(reading, nil), "install", rights)
	var denied *DeniedError
	if !errors.As(err, &denied) || len(denied.Rights) != 3 {
		t.Fatalf("got %v, want three rights missing", err)
	}
	want := "not allowed to install; these rights are missing:\n  patch secrets in namespace external-secrets\n" +
		"  create customresourcedefinitions.apiextensions.k8s.io\n  update customresourcedefinitions.apiextensions.k8s.io/status x"
	if err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	everything := func(*authorizationv1.ResourceAttributes) bool { return true }
	if err := RequireRights(context.Background(), reviewing(everything, nil), "install", rights); err != nil {
		t.Errorf("with every right: %v", err)
	}
	broken := errors.New("the API server is away")
	if err := RequireRights(context.Background(), reviewing(everything, broken), "install", rights); !errors.Is(err, broken) {
		t.Errorf("an answer that never came: %v", err)
	}
}

func TestMissingRight(t *testing.T) {
	const said = `User "u" cannot list resource "%s" in API group "%s"%s`
	for want, text := range map[string]string{
		"get secrets in namespace n":                   `User "u" cannot get resource "secrets" in API group "" in the namespace "n"`,
		"list clustersecretstores.external-secrets.io": fmt.Sprintf(said, "clustersecretstores", "external-secrets.io", " at the cluster scope"),
		"list pods/log in namespace n":                 fmt.Sprintf(said, "pods/log", "", ` in the namespace "n"`),
	} {
		err := fmt.Errorf("reading: %w", apierrors.NewForbidden(schema.GroupResource{Resource: "x"}, "y", errors.New(text)))
		if right, known := MissingRight(err); !known || right.String() != want {
			t.Errorf("%s: %t, %s", want, known, right)
		}
	}
	for _, err := range []error{nil, fmt.Errorf(said, "pods", "", ""), apierrors.NewForbidden(schema.GroupResource{}, "", errors.New("a webhook says no"))} {
		if right, known := MissingRight(err); known {
			t.Errorf("%v: %s", err, right)
		}
	}
}
