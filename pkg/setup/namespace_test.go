package setup

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// namespace carries the product's mark if it is ours.
func namespace(name string, ours bool) *corev1.Namespace {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if ours {
		ns.Labels = map[string]string{kube.ManagedByLabel: kube.FieldManager}
	}
	return ns
}

func TestEnsureNamespaceMarksWhatItMakes(t *testing.T) {
	c := newCluster()
	if err := c.ensureNamespace(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	ns, err := c.typed.CoreV1().Namespaces().Get(t.Context(), "n", metav1.GetOptions{})
	if err != nil || ns.Labels[kube.ManagedByLabel] != kube.FieldManager {
		t.Errorf("namespace %v, %v", ns, err)
	}
}

func TestEnsureNamespaceLeavesAnExistingOne(t *testing.T) {
	c := newCluster(namespace("n", false))
	if err := c.ensureNamespace(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	if verbs := clustertest.Verbs(&c.typed.Fake, "namespaces"); strings.Join(verbs, " ") != "get" {
		t.Errorf("requests: %v", verbs)
	}
}

func TestEnsureNamespaceToleratesAnotherMaker(t *testing.T) {
	c := newCluster()
	clustertest.Refuse(&c.typed.Fake, "create", "namespaces", apierrors.NewAlreadyExists(corev1.Resource("namespaces"), "n"))
	if err := c.ensureNamespace(t.Context(), "n"); err != nil {
		t.Error(err)
	}
}

func TestEnsureNamespaceForbidden(t *testing.T) {
	for _, verb := range []string{"get", "create"} {
		c := newCluster()
		clustertest.Refuse(&c.typed.Fake, verb, "namespaces", clustertest.Forbidden("namespaces"))
		if err := c.ensureNamespace(t.Context(), "n"); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "namespace n") {
			t.Errorf("%s: error = %v", verb, err)
		}
	}
}

func TestEnsureNamespaceSaysWhatHoldsOneThatIsBeingDeleted(t *testing.T) {
	dying := namespace("n", true)
	now := metav1.Now()
	dying.DeletionTimestamp, dying.Finalizers = &now, []string{"kubernetes"}
	c := newCluster(dying, clustertest.Object(t, `
apiVersion: v1
kind: Namespace
metadata: {name: n}
status: {conditions: [{type: NamespaceFinalizersRemaining, status: "True", message: x has finalizers}]}`))
	ctx, cancel := context.WithCancel(t.Context())
	c.typed.PrependReactor("create", "namespaces", neverAsked(t))
	// The watch begins when the namespace has been looked at, so the time is up then.
	c.dynamic.PrependWatchReactor("namespaces", func(clienttesting.Action) (bool, watch.Interface, error) {
		cancel()
		return true, watch.NewFake(), nil
	})
	err := c.ensureNamespace(ctx, "n")
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "wait for namespace n to be gone (x has finalizers)") {
		t.Errorf("error = %v", err)
	}
}

func TestCleanup(t *testing.T) {
	ours := clustertest.Object(t, `{apiVersion: external-secrets.io/v1, kind: ExternalSecret,
		metadata: {name: test-key, namespace: eso-test, labels: {app.kubernetes.io/managed-by: kubectl-eso-infisical}}}`)
	theirs := clustertest.Object(t, `{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: theirs, namespace: eso-test}}`)
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
		{"not ours", []runtime.Object{namespace("eso-test", false), ours, theirs}, Cleaned, "the namespace stays", 1, 1},
		{"not ours and no test in it", []runtime.Object{namespace("eso-test", false), theirs}, kube.Unchanged, "the namespace stays", 1, 1},
		{"ours with something of others in it", []runtime.Object{namespace("eso-test", true), ours, theirs}, Cleaned, "the namespace stays", 1, 1},
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
