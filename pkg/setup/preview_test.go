package setup

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

func TestPreviewsOnAnEmptyCluster(t *testing.T) {
	c := newCluster()
	c.Desired.Host, c.Desired.Project, c.Desired.Key = "https://infisical.example.com", "p", "KEY"
	if err := c.Remember(t.Context()); err != nil {
		t.Fatal(err)
	}
	ca, _ := certificate(t, 24)
	checked, err := c.Check(t.Context(), Inputs{Credentials: &infisical.UniversalAuth{ClientID: "id", ClientSecret: canary}, CA: &given(t, ca).Given.Bundle})
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := c.PreviewCredentials(t.Context(), checked)
	if err != nil || credentials.Outcome != kube.Created || credentials.Object != "secret/infisical-eso-creds" || strings.Contains(credentials.Diff+credentials.Detail, canary) {
		t.Errorf("credentials: %+v, %v", credentials, err)
	}
	authority, err := c.PreviewCA(t.Context(), checked)
	if err != nil || authority.Outcome != kube.Created {
		t.Errorf("CA: %+v, %v", authority, err)
	}
	store, err := c.PreviewStoreAlone(t.Context(), false)
	if err != nil || store.Outcome != kube.Created || !store.Looks || !strings.Contains(store.Diff, "+      caProvider:") {
		t.Errorf("store: %+v, %v", store, err)
	}
	proof, err := c.PreviewProof(t.Context())
	if err != nil || proof.Outcome != Proved {
		t.Errorf("proof: %+v, %v", proof, err)
	}
	c.onlyRead(t)
}

// The preview of a store says the same as applying it, which then leaves nothing to do.
func TestThePreviewOfAStoreIsTrue(t *testing.T) {
	c := withValidStore(t, "True")
	c.Desired.Environment = "other"
	before, err := c.PreviewStoreAlone(t.Context(), true)
	if err != nil || before.Outcome != kube.Changed || !strings.Contains(before.Diff, "+        environmentSlug: other") {
		t.Fatalf("%+v, %v", before, err)
	}
	applied, err := c.ApplyStore(t.Context())
	if err != nil || applied.Outcome != before.Outcome || applied.Object != before.Object {
		t.Fatalf("%+v, %v", applied, err)
	}
	after, err := c.PreviewStoreAlone(t.Context(), true)
	if err != nil || after.Outcome != kube.Unchanged || after.Looks || after.Diff != "" {
		t.Errorf("%+v, %v", after, err)
	}
}

func TestAStoreThatIsNotReadyIsLookedAtAgain(t *testing.T) {
	c := withStore(t, "False")
	preview, err := c.PreviewStoreAlone(t.Context(), true)
	if err != nil || preview.Outcome != kube.Unchanged || !preview.Looks {
		t.Errorf("%+v, %v", preview, err)
	}
}

func TestPreviewsStopWhereTheRightIsMissing(t *testing.T) {
	c := newCluster()
	clustertest.Refuse(&c.dynamic.Fake, "get", "clustersecretstores", clustertest.Forbidden("clustersecretstores"))
	c.Desired.Host, c.Desired.Project = "https://infisical.example.com", "p"
	if _, err := c.PreviewStoreAlone(t.Context(), true); !apierrors.IsForbidden(err) {
		t.Errorf("error = %v", err)
	}
}

func TestTheOrderOfVerifyingDoesNotMatterToAPreview(t *testing.T) {
	c := newCluster([]runtime.Object{pairSecret(map[string]string{"clientId": "id", "clientSecret": "old"})}...)
	c.Desired.Host, c.Desired.Project, c.Desired.Verify = "https://infisical.example.com", "p", verify.None
	auth := infisical.UniversalAuth{ClientID: "id", ClientSecret: canary}
	preview, err := c.PreviewCredentials(t.Context(), Checked{Inputs: Inputs{Credentials: &auth}})
	if err != nil || preview.Outcome != kube.Changed {
		t.Errorf("%+v, %v", preview, err)
	}
	done, err := c.BringCredentials(t.Context(), Checked{Inputs: Inputs{Credentials: &auth}})
	if err != nil || done.Outcome != preview.Outcome {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestKubernetesAuthNeedsTheIdentityInTheCluster(t *testing.T) {
	c := newCluster()
	c.Desired.Auth = eso.KubernetesAuth
	given := Inputs{Credentials: &infisical.UniversalAuth{ClientID: "id", ClientSecret: canary}}
	if _, err := c.Gather(t.Context(), given); codeOf(err) != "EI301" || !strings.Contains(problemOf(err), "identity create --auth kubernetes") {
		t.Errorf("without one: %v", err)
	}
	c = newCluster(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: DefaultNamespace, Name: DefaultIdentity}, Data: map[string][]byte{eso.IdentityKey: []byte("i-1")}})
	c.Desired.Auth = eso.KubernetesAuth
	in, err := c.Gather(t.Context(), given)
	if err != nil || in.Credentials != nil {
		t.Errorf("a pair is kept that nobody uses: %v", err)
	}
}

func TestATestOfASecretStoreIsCleanedUpWhereItWorks(t *testing.T) {
	c := newCluster()
	c.Desired.StoreNamespace, c.Desired.Store, c.Desired.Key = "team-a", "s", "KEY"
	if cleanup, err := c.PreviewCleanup(t.Context()); err != nil || cleanup.Object != "namespace/team-a" {
		t.Errorf("%+v, %v", cleanup, err)
	}
	c.Desired.TestNamespace = "elsewhere"
	if _, err := c.PreviewProof(t.Context()); !isInput(err) {
		t.Errorf("a test elsewhere: %v", err)
	}
}
