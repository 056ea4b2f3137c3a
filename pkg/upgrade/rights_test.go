package upgrade

import (
	"errors"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// chartObjects are what an old and a new chart make.
func chartObjects(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	return []*unstructured.Unstructured{definition(t),
		clustertest.Object(t, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: external-secrets, namespace: external-secrets}}"),
		clustertest.Object(t, `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: external-secrets-controller}
rules: [{apiGroups: [""], resources: [serviceaccounts/token], verbs: [create]}]`)}
}

func TestEveryRightIsAskedForBeforehand(t *testing.T) {
	// A user who may nothing at all is told of all that the run does, the way back and the migration included.
	text := missing(t, func(authorizationv1.ResourceAttributes) bool { return true })
	for _, want := range []string{
		"update secrets in namespace external-secrets", "create configmaps in namespace external-secrets",
		"patch customresourcedefinitions.apiextensions.k8s.io externalsecrets.external-secrets.io",
		"patch customresourcedefinitions.apiextensions.k8s.io/status externalsecrets.external-secrets.io",
		"update externalsecrets.external-secrets.io", "list externalsecrets.external-secrets.io",
		"patch clustersecretstores.external-secrets.io", "list events in namespace default",
		"patch externalsecrets.external-secrets.io in namespace apps",
		"patch deployments.apps external-secrets in namespace external-secrets", "delete deployments.apps external-secrets in namespace external-secrets",
		"create serviceaccounts/token",
	} {
		if !strings.Contains(text, "\n  "+want) {
			t.Errorf("%q is not among\n%s", want, text)
		}
	}
	if strings.Contains(text, "delete customresourcedefinitions") {
		t.Error("the right to delete definitions is asked for")
	}
}

func TestAnAdministratorIsAskedOnce(t *testing.T) {
	asked := 0
	if text := missing(t, func(authorizationv1.ResourceAttributes) bool { asked++; return false }); text != "" || asked != 1 {
		t.Errorf("asked %d times, %s", asked, text)
	}
}

func TestOneMissingRightIsNamedAlone(t *testing.T) {
	text := missing(t, func(a authorizationv1.ResourceAttributes) bool {
		return a.Verb == "*" || a.Resource == "customresourcedefinitions" && a.Subresource == "status"
	})
	if lines := strings.Split(text, "\n"); len(lines) != 2 || !strings.Contains(lines[1], "customresourcedefinitions.apiextensions.k8s.io/status") {
		t.Errorf("%s", text)
	}
}

// missing are the rights that a user lacks who is denied what denied says.
func missing(t *testing.T, denied func(authorizationv1.ResourceAttributes) bool) string {
	t.Helper()
	c := newCluster(t)
	stored := definition(t)
	stored.Object["status"] = map[string]any{"storedVersions": []any{"v1beta1", "v1"}}
	if err := c.dynamic.Tracker().Update(crdsResource, stored, ""); err != nil {
		t.Fatal(err)
	}
	p, err := c.Plan(t.Context(), request(t, "2.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	after := chartObjects(t)
	p.objects, p.subject.Objects = slices.Clone(after), after
	c.denied = denied
	err = c.Require(t.Context(), p)
	var lacking *kube.DeniedError
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &lacking):
		t.Fatal(err)
	}
	return err.Error()
}
