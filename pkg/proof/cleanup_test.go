package proof

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestCleanup(t *testing.T) {
	ours, theirs := externalSecret(t, "test-key", true), externalSecret(t, "theirs", false)
	managed := map[string]string{"reconcile.external-secrets.io/managed": "true"}
	copied := externalSecret(t, "copied", true)
	copied.SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: "kubectl-create"}})
	forESO := space(true)
	delete(forESO.Labels, "eso-infisical.dev/purpose")
	claimed := space(true)
	claimed.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl-create"}}
	tests := []struct {
		name    string
		objects []runtime.Object
		outcome kube.Outcome
		detail  string
		// left counts the ExternalSecrets and namespaces that are there afterwards.
		secrets, namespaces int
	}{
		{"nothing there", nil, kube.Unchanged, "nothing to clean up", 0, 0},
		{"ours", []runtime.Object{space(true), ours}, kube.Deleted, "with the tests in it", 0, 0},
		{"what goes with a test", []runtime.Object{space(true), ours, bare("v1", "ConfigMap", "kube-root-ca.crt", nil), bare("v1", "Secret", "test-key", managed)},
			kube.Deleted, "with the tests in it", 0, 0},
		{"not ours", []runtime.Object{space(false), ours, theirs}, kube.Unchanged, "not made for tests", 1, 1},
		{"not ours, with the labels copied", []runtime.Object{claimed, ours}, kube.Unchanged, "not made for tests", 0, 1},
		{"not ours and no test in it", []runtime.Object{space(false), theirs}, kube.Unchanged, "not made for tests", 1, 1},
		{"the labels copied to another's ExternalSecret", []runtime.Object{space(false), copied}, kube.Unchanged, "not made for tests", 1, 1},
		{"made by us, but for ESO", []runtime.Object{forESO, ours}, kube.Unchanged, "not made for tests", 0, 1},
		{"with a Secret of others", []runtime.Object{space(true), ours, bare("v1", "Secret", "x", nil)}, kube.Unchanged, "secrets/x", 0, 1},
		{"with a Secret that ESO made for others", []runtime.Object{space(true), bare("v1", "Secret", "x", managed)}, kube.Unchanged, "secrets/x", 0, 1},
		{"with a ConfigMap of others", []runtime.Object{space(true), bare("v1", "ConfigMap", "x", nil)}, kube.Unchanged, "configmaps/x", 0, 1},
		{"with a kind that nobody thought of", []runtime.Object{space(true), bare("example.com/v1", "Widget", "x", nil)}, kube.Unchanged, "widgets.example.com/x", 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(t, tt.objects...)
			removal, err := c.Cleanup(t.Context(), "eso-test", true)
			if err != nil || removal.Outcome != tt.outcome || !strings.Contains(removal.Detail, tt.detail) {
				t.Fatalf("got %+v, %v", removal, err)
			}
			if secrets, namespaces := c.left(t); secrets != tt.secrets || namespaces != tt.namespaces {
				t.Errorf("%d ExternalSecrets and %d namespaces are left", secrets, namespaces)
			}
		})
	}
}

func TestCleanupOfANamespaceThatIsBeingDeleted(t *testing.T) {
	now := metav1.Now()
	going := space(true)
	going.DeletionTimestamp, going.Finalizers = &now, []string{"kubernetes"}
	c := newCluster(t, going)
	if removal, err := c.Cleanup(t.Context(), "eso-test", false); err != nil || removal.Outcome != kube.Unchanged || !strings.Contains(removal.Detail, "already") {
		t.Errorf("without waiting: %+v, %v", removal, err)
	}
	// The dynamic client, which watches, no longer has it.
	if removal, err := c.Cleanup(t.Context(), "eso-test", true); err != nil || removal.Outcome != kube.Deleted || !strings.Contains(removal.Detail, "is gone") {
		t.Errorf("after waiting: %+v, %v", removal, err)
	}
}

func TestANamespaceThatHangsNamesWhatOn(t *testing.T) {
	now := metav1.Now()
	stuck := bare("example.com/v1", "Widget", "w", nil)
	stuck.DeletionTimestamp, stuck.Finalizers = &now, []string{"example.com/cleanup"}
	going := space(true)
	going.DeletionTimestamp, going.Finalizers = &now, []string{"ces"}
	c := newCluster(t, going, stuck, clustertest.Object(t, `{apiVersion: v1, kind: Namespace, metadata: {name: eso-test}}`))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := c.Cleanup(ctx, "eso-test", true)
	if codeOf(err) != "EI910" || !strings.Contains(err.Error(), "widgets.example.com/w waits for finalizer example.com/cleanup") ||
		!strings.Contains(err.Error(), "the namespace itself waits for finalizer ces") {
		t.Errorf("error = %v", err)
	}
}

func TestCleanupWithoutESO(t *testing.T) {
	c := newCluster(t, space(true))
	clustertest.Refuse(&c.dynamic.Fake, "list", "externalsecrets", clustertest.NoSuchResource("externalsecrets"))
	if removal, err := c.Cleanup(t.Context(), "eso-test", false); err != nil || removal.Outcome != kube.Deleted {
		t.Errorf("got %+v, %v", removal, err)
	}
}

func TestCleanupWithoutTheRightRemovesNothing(t *testing.T) {
	refusals := map[string]func(*cluster){
		"may not delete tests": func(c *cluster) {
			clustertest.Refuse(&c.dynamic.Fake, "delete", "externalsecrets", clustertest.Forbidden("externalsecrets"))
		},
		"may not look at every kind": func(c *cluster) {
			clustertest.Refuse(&c.metadata.Fake, "list", "widgets", clustertest.Forbidden("widgets"))
		},
	}
	for name, refuse := range refusals {
		c := newCluster(t, space(true), externalSecret(t, "test-key", true))
		refuse(c)
		removal, err := c.Cleanup(t.Context(), "eso-test", false)
		if !apierrors.IsForbidden(err) || removal.Outcome == kube.Deleted {
			t.Errorf("%s: got %+v, %v", name, removal, err)
		}
		if _, namespaces := c.left(t); namespaces != 1 {
			t.Errorf("%s: the namespace is gone all the same", name)
		}
	}
}

func TestThePreviewOfACleanup(t *testing.T) {
	for name, tt := range map[string]struct {
		objects []runtime.Object
		want    kube.Outcome
	}{
		"nothing there":     {nil, kube.Unchanged},
		"made for tests":    {[]runtime.Object{space(true)}, kube.Deleted},
		"somebody else's":   {[]runtime.Object{space(false)}, kube.Unchanged},
		"being deleted now": {[]runtime.Object{dying()}, kube.Unchanged},
	} {
		c := newCluster(t, tt.objects...)
		if removal, err := c.Preview(t.Context(), "eso-test"); err != nil || removal.Outcome != tt.want {
			t.Errorf("%s: %+v, %v", name, removal, err)
		}
	}
}

func dying() *corev1.Namespace {
	ns := space(true)
	now := metav1.Now()
	ns.DeletionTimestamp, ns.Finalizers = &now, []string{"kubernetes"}
	return ns
}
