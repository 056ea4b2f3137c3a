package setup

import (
	"errors"
	"slices"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// reviewing is an identity of Kubernetes Auth that this program has made, with all that belongs to it.
func reviewing(t *testing.T) *provider {
	t.Helper()
	p := newProvider(t)
	p.Desired.Auth = eso.KubernetesAuth
	spec := p.Desired.Identity()
	spec.KubernetesAuth = &infisical.KubernetesAuth{Host: "https://kubernetes.example.com"}
	made, err := p.admin.Ensure(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	secret := pairSecret(map[string]string{eso.IdentityKey: made.Identity.ID})
	secret.Name, secret.Annotations = p.Desired.Secret().Name, credentials.IdentityAnnotations(made.Identity.ID, spec.MadeAs())
	binding := clustertest.Object(t, `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding,
		metadata: {name: eso-infisical-token-reviewer, labels: {app.kubernetes.io/managed-by: `+kube.FieldManager+`}}}`)
	desired := p.Desired
	p.cluster = newCluster(secret, binding)
	p.Desired = desired
	return p
}

func agreed(identity.State) (bool, error) { return true, nil }

func (p *provider) bound(t *testing.T) bool {
	t.Helper()
	_, err := p.dynamic.Resource(clusterRoleBindings).Get(t.Context(), reviewerName, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	return err == nil
}

func TestAnIdentityGoesWithWhatTheClusterHoldsForIt(t *testing.T) {
	p := reviewing(t)
	if !p.bound(t) {
		t.Fatal("there is no binding, so nothing is proved")
	}
	if _, err := p.DeleteIdentity(t.Context(), p.admin, func(identity.State) (bool, error) { return false, nil }); !errors.Is(err, ErrDeclined) || !p.bound(t) {
		t.Errorf("after a no: %v", err)
	}
	deleted, err := p.DeleteIdentity(t.Context(), p.admin, agreed)
	if err != nil || deleted.Outcome != kube.Deleted || !slices.Contains(deleted.Removed, "ClusterRoleBinding/"+reviewerName) || p.bound(t) || len(p.server.Identities()) != 0 {
		t.Errorf("%+v, %v", deleted, err)
	}
	if _, err := p.DeleteIdentity(t.Context(), p.admin, agreed); !isUnknown(err) {
		t.Errorf("once more: %v", err)
	}
}

func isUnknown(err error) bool {
	c, known := cause.Of(err)
	return known && c.Code == cause.IdentityUnknown
}

func TestADeletionThatWasKilledHalfWayIsCompleted(t *testing.T) {
	p := reviewing(t)
	killed := true
	p.dynamic.PrependReactor("delete", "clusterrolebindings", func(clienttesting.Action) (bool, runtime.Object, error) {
		if killed {
			killed = false
			return true, nil, errors.New("killed")
		}
		return false, nil, nil
	})
	if deleted, err := p.DeleteIdentity(t.Context(), p.admin, agreed); err == nil || deleted.Outcome != kube.Deleted || !p.bound(t) {
		t.Fatalf("%+v, %v", deleted, err)
	}
	deleted, err := p.DeleteIdentity(t.Context(), p.admin, agreed)
	if err != nil || deleted.Outcome != kube.Unchanged || deleted.ID == "" || p.bound(t) {
		t.Errorf("the next run: %+v, %v", deleted, err)
	}
}

func TestWhatWasNeverThereRemovesNothing(t *testing.T) {
	p := reviewing(t)
	p.Desired.MachineIdentity.ID = "of-another"
	if _, err := p.DeleteIdentity(t.Context(), p.admin, agreed); !isUnknown(err) || !p.bound(t) || len(p.server.Identities()) != 1 {
		t.Errorf("error %v", err)
	}
}
