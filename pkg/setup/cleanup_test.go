package setup

import (
	"context"
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestCleanup(t *testing.T) {
	ours := clustertest.Object(t, `{apiVersion: external-secrets.io/v1, kind: ExternalSecret,
		metadata: {name: test-key, namespace: eso-test, labels: {app.kubernetes.io/managed-by: kubectl-eso-infisical}}}`)
	theirs := clustertest.Object(t, `{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: theirs, namespace: eso-test}}`)
	esoSpace := namespace("eso-test", true)
	delete(esoSpace.Labels, "eso-infisical.dev/purpose")
	inside := func(kind, name, labels string) runtime.Object {
		return clustertest.Object(t, "{apiVersion: v1, kind: "+kind+", metadata: {namespace: eso-test, name: "+name+", labels: "+labels+"}}")
	}
	tests := []struct {
		name    string
		objects []runtime.Object
		outcome kube.Outcome
		detail  string
		// left counts the ExternalSecrets and namespaces that are there afterwards.
		secrets, namespaces int
	}{
		{"nothing there", nil, kube.Unchanged, "nothing to clean up", 0, 0},
		{"ours", []runtime.Object{namespace("eso-test", true), ours}, Cleaned, "with the tests in it", 0, 0},
		{"what goes with a test", []runtime.Object{namespace("eso-test", true), ours, inside("ConfigMap", "kube-root-ca.crt", "{}"),
			inside("Secret", "test-key", `{reconcile.external-secrets.io/managed: "true"}`)}, Cleaned, "with the tests in it", 0, 0},
		{"what is elsewhere", []runtime.Object{namespace("eso-test", true), clustertest.Available(t, "external-secrets")}, Cleaned, "with the tests in it", 0, 0},
		{"not ours", []runtime.Object{namespace("eso-test", false), ours, theirs}, kube.Unchanged, "not made for tests", 1, 1},
		{"not ours and no test in it", []runtime.Object{namespace("eso-test", false), theirs}, kube.Unchanged, "not made for tests", 1, 1},
		{"made by us, but for ESO", []runtime.Object{esoSpace, ours}, kube.Unchanged, "not made for tests", 0, 1},
		{"with an ExternalSecret of others", []runtime.Object{namespace("eso-test", true), ours, theirs}, kube.Unchanged, "externalsecret/theirs", 1, 1},
		{"with a Secret of others", []runtime.Object{namespace("eso-test", true), ours, inside("Secret", "x", "{}")}, kube.Unchanged, "secret/x", 0, 1},
		{"with a ConfigMap of others", []runtime.Object{namespace("eso-test", true), inside("ConfigMap", "x", "{}")}, kube.Unchanged, "configmap/x", 0, 1},
		{"with a pod of others", []runtime.Object{namespace("eso-test", true), inside("Pod", "x", "{}")}, kube.Unchanged, "pod/x", 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(tt.objects...)
			result, err := c.Cleanup(t.Context(), true)
			if err != nil || result.Outcome != tt.outcome || !strings.Contains(result.Detail, tt.detail) {
				t.Fatalf("got %+v, %v", result, err)
			}
			if secrets, namespaces := c.left(t); secrets != tt.secrets || namespaces != tt.namespaces {
				t.Errorf("%d ExternalSecrets and %d namespaces are left", secrets, namespaces)
			}
		})
	}
}

func TestCleanupWithoutESO(t *testing.T) {
	c := newCluster(namespace("eso-test", true))
	clustertest.Refuse(&c.dynamic.Fake, "list", "externalsecrets", clustertest.NoSuchResource("externalsecrets"))
	if result, err := c.Cleanup(t.Context(), false); err != nil || result.Outcome != Cleaned {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestCleanupWithoutTheRightRemovesNothing(t *testing.T) {
	c := newCluster(namespace("eso-test", true), clustertest.Object(t, `{apiVersion: external-secrets.io/v1, kind: ExternalSecret,
		metadata: {name: test-key, namespace: eso-test, labels: {app.kubernetes.io/managed-by: kubectl-eso-infisical}}}`))
	clustertest.Refuse(&c.dynamic.Fake, "delete-collection", "externalsecrets", clustertest.Forbidden("externalsecrets"))
	result, err := c.Cleanup(t.Context(), false)
	if !apierrors.IsForbidden(err) || result.Outcome == Cleaned {
		t.Errorf("got %+v, %v", result, err)
	}
	if _, namespaces := c.left(t); namespaces != 1 {
		t.Error("the namespace is gone all the same")
	}
}

func TestCleanupThatMayNotLookLeavesTheNamespace(t *testing.T) {
	c := newCluster(namespace("eso-test", true))
	clustertest.Refuse(&c.dynamic.Fake, "list", "pods", clustertest.Forbidden("pods"))
	result, err := c.Cleanup(t.Context(), false)
	if !apierrors.IsForbidden(err) || result.Outcome == Cleaned {
		t.Errorf("got %+v, %v", result, err)
	}
	if _, namespaces := c.left(t); namespaces != 1 {
		t.Error("the namespace is gone all the same")
	}
}

func TestCleanupCannotDeleteTheNamespaceOfESO(t *testing.T) {
	c := newCluster()
	if err := c.ensureNamespace(t.Context(), "external-secrets", nil); err != nil {
		t.Fatal(err)
	}
	c.Desired.TestNamespace = "external-secrets"
	result, err := c.Cleanup(t.Context(), false)
	if _, namespaces := c.left(t); err != nil || result.Outcome != kube.Unchanged || namespaces != 1 {
		t.Errorf("got %+v, %v; %d namespaces are left", result, err, namespaces)
	}
}

func TestATestBeginsWithoutThoseBeforeIt(t *testing.T) {
	const mine = "kubectl-eso-infisical"
	leftover := func(name, manager string) runtime.Object {
		return clustertest.Ready(clustertest.Object(t, `{apiVersion: external-secrets.io/v1, kind: ExternalSecret,
			metadata: {name: `+name+`, namespace: eso-test, labels: {app.kubernetes.io/managed-by: `+manager+`}}}`), "True")
	}
	c := newCluster(namespace("eso-test", true), leftover("test-key", mine), leftover("test-other", mine), leftover("theirs", "someone"))
	c.Desired.Key = "KEY"
	ctx, cancel := context.WithCancel(t.Context())
	// ESO's work is not waited for: what matters is the state in which it finds the test.
	c.Progress = func(string) { cancel() }
	if _, _, err := c.sync(ctx, "s"); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	verbs := strings.Join(clustertest.Verbs(&c.dynamic.Fake, "externalsecrets"), " ")
	if removed, made := strings.Index(verbs, "delete-collection"), strings.Index(verbs, "patch"); removed < 0 || made < removed {
		t.Errorf("requests: %s", verbs)
	}
	list, err := c.dynamic.Resource(eso.ExternalSecrets).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for i := range list.Items {
		_, known := eso.Ready(&list.Items[i])
		left[list.Items[i].GetName()] = known
	}
	if len(left) != 2 || left["test-key"] || !left["theirs"] {
		t.Errorf("left, and whether ESO has looked at it: %v", left)
	}
}
