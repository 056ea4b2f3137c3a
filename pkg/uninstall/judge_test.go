package uninstall

import (
	"errors"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func deployment(t *testing.T, namespace, name, fields string) *unstructured.Unstructured {
	t.Helper()
	d := clustertest.Object(t, "{apiVersion: apps/v1, kind: Deployment, metadata: {}, "+fields+"}")
	d.SetNamespace(namespace)
	d.SetName(name)
	return d
}

func TestBlockers(t *testing.T) {
	image := func(image string) string { return "spec: {template: {spec: {containers: [{image: " + image + "}]}}}" }
	idle := controller(t, 0)
	argo := controller(t, 1)
	argo.SetAnnotations(map[string]string{"argocd.argoproj.io/tracking-id": "x"})
	target := externalSecret(t, "n", "e")
	target.Object["spec"] = map[string]any{"target": map[string]any{"manifest": map[string]any{"kind": "ConfigMap"}}}
	tests := []struct {
		name    string
		objects []*unstructured.Unstructured
		options Options
		code    string
	}{
		{"nothing", nil, Options{}, ""},
		{"another installation by image", []*unstructured.Unstructured{deployment(t, "other", "eso", image("registry.example.com:5000/eso/external-secrets:v1@sha256:0"))}, Options{}, "EI259"},
		{"another release in the same namespace", []*unstructured.Unstructured{deployment(t, "external-secrets", "eso2", image("external-secrets"))}, Options{}, "EI259"},
		{"something else", []*unstructured.Unstructured{deployment(t, "other", "x", image("example.com/external-secrets-reloader:v1"))}, Options{}, ""},
		{"kept by Argo CD", []*unstructured.Unstructured{argo}, Options{}, "EI241"},
		{"controller away, nothing waits for it", []*unstructured.Unstructured{idle}, Options{}, ""},
		{"controller away", []*unstructured.Unstructured{idle, externalSecret(t, "n", "e")}, Options{}, "EI202"},
		{"controller away, by force", []*unstructured.Unstructured{idle, externalSecret(t, "n", "e")}, Options{ForceFinalizers: true}, ""},
		{"target that is no Secret", []*unstructured.Unstructured{target}, Options{}, ""},
		{"target that is no Secret, to be kept", []*unstructured.Unstructured{target}, Options{KeepSecrets: true}, "EI244"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(t)
			c.Options = tt.options
			for _, o := range tt.objects {
				tracker := c.dynamic.Tracker()
				if o.GetName() == "external-secrets" {
					_ = tracker.Delete(kube.DeploymentsResource, o.GetNamespace(), o.GetName())
				}
				if err := tracker.Add(o); err != nil {
					t.Fatal(err)
				}
			}
			p := c.planned(t)
			if forced := len(p.Forced) > 0; forced != tt.options.ForceFinalizers {
				t.Errorf("forced: %v", p.Forced)
			}
			var blocked *BlockedError
			err := c.Check(p)
			if tt.code == "" && err != nil || tt.code != "" && (!errors.As(err, &blocked) || string(blocked.Blockers[0].Code) != tt.code) {
				t.Errorf("%v, want %q", err, tt.code)
			}
		})
	}
}

func TestARunThatMayLiveIsNotDisturbed(t *testing.T) {
	for age, blocked := range map[time.Duration]bool{time.Second: true, time.Hour: false} {
		c := newCluster(t)
		c.releases.content.Status, c.releases.content.Updated = helm.Pending, time.Now().Add(-age)
		if err := c.Check(c.planned(t)); (err != nil) != blocked {
			t.Errorf("pending for %s: %v", age, err)
		}
	}
}

func TestWhatMayNotBeReadIsUnknown(t *testing.T) {
	for _, resource := range []string{"secrets", "pods", "deployments", "externalsecrets", "customresourcedefinitions"} {
		t.Run(resource, func(t *testing.T) {
			c := newCluster(t, owned(t, "n", "s"))
			clustertest.Refuse(&c.dynamic.Fake, "list", resource, clustertest.Forbidden(resource))
			p := c.planned(t)
			if len(p.Unknown) == 0 {
				t.Fatal("nothing is unknown")
			}
			var unknown *UnknownError
			if err := c.Check(p); !errors.As(err, &unknown) {
				t.Errorf("%v", err)
			}
			c.IgnoreUnknown = true
			if err := c.Check(p); err != nil {
				t.Errorf("to be ignored: %v", err)
			}
		})
	}
}

func TestAControllerThatMayNotBeSeenIsNotSaidToBeAway(t *testing.T) {
	c := newCluster(t, externalSecret(t, "n", "e"))
	c.IgnoreUnknown = true
	clustertest.Refuse(&c.dynamic.Fake, "list", "deployments", clustertest.Forbidden("deployments"))
	if err := c.Check(c.planned(t)); err != nil {
		t.Error(err)
	}
}

func TestForceTakesRightsOnNamespaces(t *testing.T) {
	for force, want := range map[bool]int{true: 2, false: 0} {
		c := newCluster(t, of(t, "ClusterExternalSecret", "everywhere"))
		c.ForceFinalizers = force
		var found []string
		for _, r := range c.rights(c.planned(t)) {
			if r.Resource == "namespaces" {
				found = append(found, r.String())
			}
		}
		if len(found) != want {
			t.Errorf("force %t: %v", force, found)
		}
	}
}

func TestRightsAreAskedForAtOnce(t *testing.T) {
	c := newCluster(t, externalSecret(t, "n", "e"), owned(t, "n", "e"), credential(t, ""))
	c.KeepSecrets = true
	p := c.planned(t)
	c.typed.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview)
		review.Status.Allowed = review.Spec.ResourceAttributes.Verb == "list"
		return true, review, nil
	})
	var denied *kube.DeniedError
	if err := c.RequireRights(t.Context(), p); !errors.As(err, &denied) {
		t.Fatal(err)
	}
	for _, want := range []string{"delete externalsecrets.external-secrets.io", "patch externalsecrets.external-secrets.io", "patch secrets",
		"delete secrets in namespace external-secrets", "delete serviceaccounts in namespace external-secrets"} {
		if !strings.Contains(denied.Error(), "\n  "+want) {
			t.Errorf("%q is not among %v", want, denied)
		}
	}
}
