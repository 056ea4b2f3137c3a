package repair

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// mayOnly lets the user do nothing but these verbs.
func (c *cluster) mayOnly(verbs ...string) {
	c.typed.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview)
		review.Status.Allowed = slices.Contains(verbs, review.Spec.ResourceAttributes.Verb)
		return true, review, nil
	})
}

func TestEveryRightIsAskedForBefore(t *testing.T) {
	const ofDefinition = "patch customresourcedefinitions.apiextensions.k8s.io"
	tests := []struct {
		name    string
		spoil   func(*testing.T, *cluster)
		missing []string
	}{
		{"nothing to do", func(*testing.T, *cluster) {}, nil},
		{"left webhook", func(t *testing.T, c *cluster) { c.add(t, webhook("left", "other", "x")) },
			[]string{"delete validatingwebhookconfigurations.admissionregistration.k8s.io left"}},
		{"stale trust", func(t *testing.T, c *cluster) { c.add(t, webhook("more", "external-secrets", "old")) },
			[]string{"patch validatingwebhookconfigurations.admissionregistration.k8s.io more"}},
		{"dead run", func(_ *testing.T, c *cluster) {
			c.content.Status, c.content.Updated = helm.Pending, now.Add(-time.Hour)
		},
			[]string{"update secrets in namespace external-secrets", "patch deployments.apps in namespace external-secrets",
				"delete deployments.apps in namespace external-secrets", ofDefinition}},
		{"no pod", func(t *testing.T, c *cluster) { c.idle(t) },
			[]string{"create secrets in namespace external-secrets", "patch deployments.apps in namespace external-secrets", ofDefinition}},
		{"definition that is held", func(t *testing.T, c *cluster) { terminate(t, c); c.idle(t); held(t, c) },
			[]string{"patch externalsecrets.external-secrets.io", "patch secrets", "delete validatingwebhookconfigurations.admissionregistration.k8s.io secretstore-validate"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(t)
			tt.spoil(t, c)
			c.mayOnly("get", "list", "watch")
			err := c.RequireRights(t.Context(), c.planned(t))
			var denied *kube.DeniedError
			if errors.As(err, &denied) != (len(tt.missing) > 0) {
				t.Fatalf("%v", err)
			}
			for _, want := range tt.missing {
				if !strings.Contains(err.Error()+"\n", "\n  "+want+"\n") {
					t.Errorf("%q is not among %v", want, err)
				}
			}
			c.mayOnly("get", "list", "watch", "create", "update", "patch", "delete")
			if err := c.RequireRights(t.Context(), c.planned(t)); err != nil {
				t.Errorf("with all rights: %v", err)
			}
		})
	}
}

func TestAReleaseOfAGitOpsToolIsLeftToIt(t *testing.T) {
	for name, spoil := range map[string]func(*cluster){
		"dead run": func(c *cluster) { c.content.Status, c.content.Updated = helm.Pending, now.Add(-time.Hour) },
		"no pod":   func(*cluster) {},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			spoil(c)
			kept := deployment(t, 0)
			kept.SetLabels(map[string]string{"app.kubernetes.io/instance": "external-secrets", "app.kubernetes.io/name": "external-secrets", "helm.toolkit.fluxcd.io/name": "eso"})
			kept.SetAnnotations(map[string]string{"meta.helm.sh/release-name": "external-secrets"})
			if err := c.dynamic.Tracker().Update(kube.DeploymentsResource, kept, "external-secrets"); err != nil {
				t.Fatal(err)
			}
			p := c.planned(t)
			var blocked *BlockedError
			if err := p.Check(); !errors.As(err, &blocked) || blocked.Finding.Code != "EI241" || !strings.Contains(err.Error(), "Flux (eso)") || len(p.Work()) > 0 {
				t.Errorf("%v, work %+v", err, p.Work())
			}
		})
	}
}

func TestWhatFailsAfterARepairSaysThatItHasWorked(t *testing.T) {
	c := newCluster(t)
	failure := clustertest.Forbidden("secrets")
	if err := c.planned(t).After(failure); err != failure {
		t.Errorf("nothing was mended: %v", err)
	}
	c.add(t, webhook("left", "other", "x"))
	p := c.planned(t)
	if err := p.After(nil); err != nil {
		t.Errorf("%v", err)
	}
	if err := p.After(failure); !errors.Is(err, failure) || !strings.HasPrefix(err.Error(), "after the repair of validatingwebhookconfiguration/left: ") {
		t.Errorf("%v", err)
	}
}
