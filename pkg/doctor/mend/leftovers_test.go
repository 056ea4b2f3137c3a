package mend

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

var theSecret = doctor.Object{Kind: "Secret", Namespace: "external-secrets", Name: "creds"}

func leaking(s *corev1.Secret) {
	s.Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: `{"data":"` + canary + `"}`}
}

func TestLeakIsRemovedAndNeverShown(t *testing.T) {
	w := newWorld(t, secret("creds", leaking))
	r := w.one(t, found("EI901", theSecret))
	if shown := fmt.Sprintf("%+v", r); strings.Contains(shown, canary) {
		t.Errorf("the value is shown: %s", shown)
	}
	w.applied(t, r)
	s, err := w.typed.CoreV1().Secrets("external-secrets").Get(t.Context(), "creds", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, there := s.Annotations[corev1.LastAppliedConfigAnnotation]; there || string(s.Data["clientSecret"]) != canary {
		t.Errorf("the Secret is %v", s.Annotations)
	}
}

// The patch names the very object that was seen.
func TestLeakOfAnotherSecretOfThatName(t *testing.T) {
	w := newWorld(t, secret("creds", leaking))
	r := w.one(t, found("EI901", theSecret))
	w.typed.PrependReactor("patch", "secrets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if !strings.Contains(string(action.(clienttesting.PatchAction).GetPatch()), `"uid":"secret-uid"`) {
			return false, nil, nil
		}
		return true, nil, apierrors.NewConflict(corev1.Resource("secrets"), "creds", fmt.Errorf("the uid is another"))
	})
	if done := w.apply(t, r); done[0].Outcome != Refused {
		t.Errorf("%s: %v", done[0].Outcome, done[0].Err)
	}
}

func TestLeaksThatAreLeft(t *testing.T) {
	tests := map[string]struct {
		edit func(*corev1.Secret)
		why  string
	}{
		"gone by now": {nil, "gone by now"},
		"Argo CD's": {func(s *corev1.Secret) {
			leaking(s)
			s.Annotations["argocd.argoproj.io/tracking-id"] = "x"
		}, "kept by Argo CD"},
		"a sealed one": {func(s *corev1.Secret) {
			leaking(s)
			controls := true
			s.OwnerReferences = []metav1.OwnerReference{{Kind: "SealedSecret", Name: "creds", Controller: &controls}}
		}, "kept by Sealed Secrets"},
	}
	for name, tt := range tests {
		p := newWorld(t, secret("creds", tt.edit)).plan(t, found("EI901", theSecret))
		if len(p.Repairs) != 0 || len(p.Left) != 1 || !strings.Contains(p.Left[0].Why, tt.why) {
			t.Errorf("%s: the plan is %+v", name, p)
		}
	}
}

func TestLeftoversMustBeNamed(t *testing.T) {
	probe := clustertest.Object(t, "{apiVersion: external-secrets.io/v1, kind: ClusterSecretStore, metadata: {name: left, uid: u}}")
	probe.SetLabels(ours(eso.ProbePurpose))
	w := newWorld(t, probe)
	for _, report := range []doctor.Report{found("EI904", doctor.Object{Kind: "Namespace", Name: "eso-test"}), found("EI905", doctor.Object{Kind: eso.ClusterKind, Name: "left"})} {
		if r := w.one(t, report); !r.Named {
			t.Errorf("%s is done without being named", r.Code)
		}
	}
}

func ours(purpose string) map[string]string {
	return map[string]string{kube.ManagedByLabel: kube.FieldManager, eso.PurposeLabel: purpose}
}

func TestLeftTestIsRemoved(t *testing.T) {
	space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "eso-test", UID: "n", Labels: ours("test")}}
	w := newWorld(t, space)
	w.applied(t, w.one(t, found("EI904", doctor.Object{Kind: "Namespace", Name: "eso-test"})))
	if _, err := w.typed.CoreV1().Namespaces().Get(t.Context(), "eso-test", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the namespace is still there: %v", err)
	}
}

func TestNamespaceOfOthersIsKept(t *testing.T) {
	w := newWorld(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "eso-test", UID: "n"}})
	if done := w.apply(t, w.one(t, found("EI904", doctor.Object{Kind: "Namespace", Name: "eso-test"}))); done[0].Outcome != Failed {
		t.Errorf("%s", done[0].Outcome)
	}
	if _, err := w.typed.CoreV1().Namespaces().Get(t.Context(), "eso-test", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

func TestProbe(t *testing.T) {
	left := doctor.Object{Kind: eso.ClusterKind, Name: "left"}
	store := func(labels map[string]string) runtime.Object {
		probe := clustertest.Object(t, "{apiVersion: external-secrets.io/v1, kind: ClusterSecretStore, metadata: {name: left, uid: u}}")
		probe.SetLabels(labels)
		return probe
	}
	marked := func(labels map[string]string) *corev1.Secret {
		return secret("left", func(s *corev1.Secret) { s.Labels = labels })
	}
	t.Run("with its Secret", func(t *testing.T) {
		w := newWorld(t, store(ours("probe")), marked(ours("probe")))
		w.applied(t, w.one(t, found("EI905", left)))
		w.secretIs(t, "left", false)
	})
	t.Run("with a Secret of others", func(t *testing.T) {
		w := newWorld(t, store(ours("probe")), marked(nil))
		w.applied(t, w.one(t, found("EI905", left)))
		w.secretIs(t, "left", true)
	})
	t.Run("with a mark that was copied", func(t *testing.T) {
		p := newWorld(t, store(map[string]string{eso.PurposeLabel: "probe"})).plan(t, found("EI905", left))
		if len(p.Repairs) != 0 || len(p.Left) != 1 {
			t.Errorf("the plan is %+v", p)
		}
	})
	t.Run("gone by now", func(t *testing.T) {
		if p := newWorld(t).plan(t, found("EI905", left)); len(p.Repairs) != 0 {
			t.Errorf("the plan is %+v", p)
		}
	})
	t.Run("half removed by a killed run", func(t *testing.T) {
		w := newWorld(t, store(ours("probe")), marked(ours("probe")))
		r := w.one(t, found("EI905", left))
		if err := w.dynamic.Resource(eso.ClusterSecretStores).Delete(t.Context(), "left", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.applied(t, r)
		w.secretIs(t, "left", false)
	})
}

func (w *world) secretIs(t *testing.T, name string, there bool) {
	t.Helper()
	_, err := w.typed.CoreV1().Secrets("external-secrets").Get(t.Context(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) == there {
		t.Errorf("the Secret is there: %v", err)
	}
}
