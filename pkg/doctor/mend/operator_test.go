package mend

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

func TestStuckReleaseIsCompletedWhenNamed(t *testing.T) {
	w := newWorld(t)
	w.content.Status, w.content.RawStatus = helm.Pending, "pending-upgrade"
	r := w.one(t, found("EI203", doctor.Object{Kind: "Release", Name: "external-secrets"}))
	if !r.Named {
		t.Error("Helm works without being named")
	}
	w.applied(t, r)
	if w.settled != 1 {
		t.Errorf("it was settled %d times", w.settled)
	}
	if !strings.Contains(strings.Join(w.asked, ", "), "secrets") {
		t.Errorf("asked for %v", w.asked)
	}
}

func TestReleaseWhoseRunMayLiveIsLeft(t *testing.T) {
	w := newWorld(t)
	w.content.Status, w.content.RawStatus, w.content.Updated = helm.Pending, "pending-upgrade", now.Add(3600e9)
	p := w.plan(t, found("EI203", doctor.Object{Kind: "Release", Name: "external-secrets"}))
	if len(p.Repairs) != 0 || len(p.Left) != 1 {
		t.Errorf("the plan is %+v", p)
	}
}

func TestInstallationThatIsWholeByNow(t *testing.T) {
	for _, code := range []cause.Code{"EI203", "EI222", "EI223", "EI255"} {
		p := newWorld(t).plan(t, found(code, doctor.Object{Kind: "Release", Name: "external-secrets"}))
		if len(p.Repairs) != 0 || len(p.Left) != 1 || !strings.Contains(p.Left[0].Why, "mend it by hand") {
			t.Errorf("%s: the plan is %+v", code, p)
		}
	}
}

func scaledTo(replicas int32, edit func(*appsv1.Deployment)) *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "external-secrets", Name: "external-secrets", ResourceVersion: "5"},
		Spec: appsv1.DeploymentSpec{Replicas: &replicas}, Status: appsv1.DeploymentStatus{AvailableReplicas: 1}}
	if edit != nil {
		edit(d)
	}
	return d
}

func annotated(key string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) { d.Annotations = map[string]string{key: "external-secrets"} }
}

var theDeployment = doctor.Object{Kind: "Deployment", Namespace: "external-secrets", Name: "external-secrets"}

func TestScaleUp(t *testing.T) {
	for name, edit := range map[string]func(*appsv1.Deployment){"nobody's": nil, "Helm's": annotated("meta.helm.sh/release-name")} {
		w := newWorld(t, scaledTo(0, edit))
		r := w.one(t, found("EI202", theDeployment))
		if !r.Named || r.Risk == "" {
			t.Errorf("%s: proposed %+v", name, r)
		}
		w.applied(t, r)
		d, err := w.typed.AppsV1().Deployments("external-secrets").Get(t.Context(), "external-secrets", metav1.GetOptions{})
		if err != nil || *d.Spec.Replicas != 1 {
			t.Errorf("%s: %v, %v", name, d.Spec.Replicas, err)
		}
	}
}

func TestDeploymentsThatAreLeft(t *testing.T) {
	tests := map[string]struct {
		deployment *appsv1.Deployment
		why        string
	}{
		"it is to run":   {scaledTo(1, nil), "not for want of replicas"},
		"Argo CD's":      {scaledTo(0, annotated("argocd.argoproj.io/tracking-id")), "kept by Argo CD"},
		"gone meanwhile": {scaledTo(0, func(d *appsv1.Deployment) { d.Name = "other" }), "not found"},
	}
	for name, tt := range tests {
		p := newWorld(t, tt.deployment).plan(t, found("EI202", theDeployment))
		if len(p.Repairs) != 0 || len(p.Left) != 1 || !strings.Contains(p.Left[0].Why, tt.why) {
			t.Errorf("%s: the plan is %+v", name, p)
		}
	}
}

func TestSyncAgain(t *testing.T) {
	es := clustertest.Ready(eso.ExternalSecret{Namespace: "apps", Name: "api", Store: eso.StoreKey{Name: "infisical-p"}, Key: "K", TargetKey: "k"}.Object(), "True")
	w := newWorld(t, ourStore(nil), secret("creds", nil), es)
	w.applied(t, w.one(t, found("EI851", doctor.Object{Kind: "ExternalSecret", Namespace: "apps", Name: "api"})))
	after, err := w.dynamic.Resource(eso.ExternalSecrets).Namespace("apps").Get(t.Context(), "api", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if version, _, _ := unstructured.NestedString(after.Object, "status", "syncedResourceVersion"); version == "" {
		t.Error("it was not synced")
	}
}

func TestTooManyToSync(t *testing.T) {
	var objects []doctor.Object
	for i := range syncLimit + 1 {
		objects = append(objects, doctor.Object{Kind: "ExternalSecret", Namespace: "apps", Name: fmt.Sprintf("es-%d", i)})
	}
	if p := newWorld(t).plan(t, found("EI851", objects...)); len(p.Repairs) != 0 || len(p.Left) != 1 {
		t.Errorf("the plan is %+v", p)
	}
}
