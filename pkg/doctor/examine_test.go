package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/discovery/fake"
	typedfake "k8s.io/client-go/kubernetes/fake"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// cluster holds what the healthy snapshot was taken of, and the fakes below it.
func cluster(t *testing.T) (Cluster, *typedfake.Clientset) {
	t.Helper()
	st := storeFor(t, "p")
	st.secret.value.ObjectMeta = metav1.ObjectMeta{Namespace: "external-secrets", Name: "creds"}
	st.configMap.value.ObjectMeta = metav1.ObjectMeta{Namespace: "external-secrets", Name: "ca"}
	typed := typedfake.NewClientset(st.secret.value, st.configMap.value)
	typed.Discovery().(*fake.FakeDiscovery).FakedServerVersion = &version.Info{GitVersion: "v1.34.4"}
	return Cluster{Namespace: "external-secrets", Release: "external-secrets", Typed: typed,
		Dynamic: clustertest.Dynamic(st.object, clustertest.Available(t, "external-secrets")),
		ReadRelease: func(name string) (helm.Release, error) {
			return helm.Release{Name: name, Status: helm.Deployed}, nil
		}}, typed
}

func TestExamineAHealthyCluster(t *testing.T) {
	c, typed := cluster(t)
	r := Examine(t.Context(), c)
	if r.Count(Pass) != len(checks) {
		t.Errorf("report: %+v", r.Findings)
	}
	for _, action := range typed.Actions() {
		if verb := action.GetVerb(); verb != "get" && verb != "list" {
			t.Errorf("the doctor has asked to %s %s", verb, action.GetResource().Resource)
		}
	}
}

func TestExamineWithoutTheRightToReadTheSecret(t *testing.T) {
	c, typed := cluster(t)
	clustertest.Refuse(&typed.Fake, "get", "secrets", clustertest.Forbidden("secrets"))
	if f := find(t, Examine(t.Context(), c), "EI301"); f.Status != Unknown || !strings.Contains(f.Detail, "secrets") {
		t.Errorf("finding %+v", f)
	}
}

func TestExamineEndsWithItsContextAlthoughHelmHangs(t *testing.T) {
	c, _ := cluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	c.ReadRelease = func(string) (helm.Release, error) {
		cancel()
		<-t.Context().Done()
		return helm.Release{Status: helm.Deployed}, nil
	}
	s := collect(ctx, c)
	if !errors.Is(s.release.err, context.Canceled) {
		t.Errorf("error = %v", s.release.err)
	}
	if f := find(t, judge(s), "EI201"); f.Status == Pass || f.Status == Fail {
		t.Errorf("finding %+v", f)
	}
}

func TestExamineFindsAMissingDeployment(t *testing.T) {
	c, _ := cluster(t)
	c.ReadRelease = func(name string) (helm.Release, error) {
		return helm.Release{Name: name, Status: helm.Deployed, Deployments: []string{"external-secrets", "gone"}}, nil
	}
	if f := find(t, Examine(t.Context(), c), "EI202"); f.Status != Fail || !strings.Contains(f.Cause.Summary, "gone") {
		t.Errorf("finding %+v", f)
	}
}

func TestExamineFindsAMissingSecret(t *testing.T) {
	c, typed := cluster(t)
	if err := typed.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("secrets"), "external-secrets", "creds"); err != nil {
		t.Fatal(err)
	}
	if f := find(t, Examine(t.Context(), c), "EI301"); f.Status != Fail || f.Cause.Code != "EI301" {
		t.Errorf("finding %+v", f)
	}
}

func TestAReportNeverHoldsASecretsValue(t *testing.T) {
	c, _ := cluster(t)
	if text := fmt.Sprintf("%+v", Examine(t.Context(), c)); strings.Contains(text, canary) {
		t.Errorf("the report holds a Secret's value: %s", text)
	}
}
