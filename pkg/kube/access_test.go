package kube

import (
	"context"
	"errors"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
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
