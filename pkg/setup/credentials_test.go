package setup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func pairSecret(data map[string]string) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "external-secrets", Name: "infisical-eso-creds"}, Data: map[string][]byte{}}
	for key, value := range data {
		s.Data[key] = []byte(value)
	}
	return s
}

func TestReadCredentials(t *testing.T) {
	tests := []struct {
		name    string
		cluster *cluster
		has     bool
		code    string
	}{
		{"both parts", newCluster(pairSecret(map[string]string{"clientId": "id", "clientSecret": canary})), true, ""},
		{"no Secret", newCluster(), false, "EI301"},
		{"no client secret", newCluster(pairSecret(map[string]string{"clientId": "id"})), false, "EI302"},
		{"no client ID", newCluster(pairSecret(map[string]string{"clientSecret": canary})), false, "EI302"},
		{"an empty part", newCluster(pairSecret(map[string]string{"clientId": "", "clientSecret": canary})), false, "EI302"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			has, err := tt.cluster.HasCredentials(t.Context())
			if has != tt.has || err != nil {
				t.Errorf("HasCredentials = %t, %v", has, err)
			}
			held, err := credentials.Read(t.Context(), tt.cluster.Dynamic, store("p").Credentials)
			if codeOf(err) != tt.code || (held.Pair.ClientSecret == canary) != tt.has {
				t.Errorf("Read: %v, want code %q", err, tt.code)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error holds the value: %v", err)
			}
		})
	}
}

func TestForbiddenCredentialsAreNotMissing(t *testing.T) {
	c := newCluster()
	clustertest.Refuse(&c.dynamic.Fake, "get", "secrets", clustertest.Forbidden("secrets"))
	has, err := c.HasCredentials(t.Context())
	if has || !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "external-secrets/infisical-eso-creds") {
		t.Errorf("HasCredentials = %t, %v", has, err)
	}
}

func TestBootstrapWritesTheSecretOnce(t *testing.T) {
	c := newCluster()
	auth := infisical.UniversalAuth{ClientID: "id", ClientSecret: canary}
	for _, want := range []kube.Outcome{kube.Created, kube.Unchanged} {
		result, err := c.Bootstrap(t.Context(), auth)
		if err != nil || result.Outcome != want {
			t.Fatalf("outcome %s, %v; want %s", result.Outcome, err, want)
		}
		if strings.Contains(result.String(), canary) {
			t.Errorf("the result shows the value: %s", result)
		}
	}
	got, err := c.Dynamic.Resource(secretsResource).Namespace("external-secrets").Get(t.Context(), "infisical-eso-creds", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"clientId": "aWQ=", "clientSecret": "Y2FuYXJ5LTdiMWU="}
	if diff := cmp.Diff(want, got.Object["data"]); diff != "" {
		t.Error(diff)
	}
	if _, found, _ := unstructured.NestedString(got.Object, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"); found {
		t.Error("the Secret carries its value in an annotation")
	}
	auth.ClientSecret = "rotated"
	if result, err := c.Bootstrap(t.Context(), auth); err != nil || result.Outcome != kube.Changed {
		t.Errorf("rotated: %s, %v", result.Outcome, err)
	}
}
