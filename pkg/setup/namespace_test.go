package setup

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// namespace carries the labels of one that was made for tests if it is ours.
func namespace(name string, ours bool) *corev1.Namespace {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if ours {
		ns.Labels = map[string]string{kube.ManagedByLabel: kube.FieldManager, "eso-infisical.dev/purpose": "test"}
	}
	return ns
}

func TestEnsureNamespaceMarksWhatItMakes(t *testing.T) {
	c := newCluster()
	for name, labels := range map[string]map[string]string{"n": nil, "tests": map[string]string{"eso-infisical.dev/purpose": "test"}} {
		if err := c.ensureNamespace(t.Context(), name, labels); err != nil {
			t.Fatal(err)
		}
		ns, err := c.typed.CoreV1().Namespaces().Get(t.Context(), name, metav1.GetOptions{})
		if err != nil || ns.Labels[kube.ManagedByLabel] != kube.FieldManager {
			t.Errorf("namespace %v, %v", ns, err)
		}
		if forTests := ns.Labels["eso-infisical.dev/purpose"] == "test"; forTests != (name == "tests") {
			t.Errorf("namespace %s with the labels %v", name, ns.Labels)
		}
	}
}

func TestEnsureNamespaceLeavesAnExistingOne(t *testing.T) {
	c := newCluster(namespace("n", false))
	if err := c.ensureNamespace(t.Context(), "n", nil); err != nil {
		t.Fatal(err)
	}
	if verbs := clustertest.Verbs(&c.typed.Fake, "namespaces"); strings.Join(verbs, " ") != "get" {
		t.Errorf("requests: %v", verbs)
	}
}

func TestEnsureNamespaceToleratesAnotherMaker(t *testing.T) {
	c := newCluster()
	clustertest.Refuse(&c.typed.Fake, "create", "namespaces", apierrors.NewAlreadyExists(corev1.Resource("namespaces"), "n"))
	if err := c.ensureNamespace(t.Context(), "n", nil); err != nil {
		t.Error(err)
	}
}

func TestEnsureNamespaceForbidden(t *testing.T) {
	for _, verb := range []string{"get", "create"} {
		c := newCluster()
		clustertest.Refuse(&c.typed.Fake, verb, "namespaces", clustertest.Forbidden("namespaces"))
		if err := c.ensureNamespace(t.Context(), "n", nil); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "namespace n") {
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
	err := c.ensureNamespace(ctx, "n", nil)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "wait for namespace n to be gone (x has finalizers)") {
		t.Errorf("error = %v", err)
	}
}
