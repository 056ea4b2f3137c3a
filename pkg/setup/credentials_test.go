package setup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestCheckCredentialsTrims(t *testing.T) {
	for _, around := range []string{"", "\n", "\r\n", " \t", "\u00a0"} {
		got, err := CheckCredentials(infisical.UniversalAuth{ClientID: around + "id" + around, ClientSecret: around + "s.e-c_r=et" + around})
		if err != nil || got.ClientID != "id" || got.ClientSecret != "s.e-c_r=et" {
			t.Errorf("with %q around: %q, %q, %v", around, got.ClientID, got.ClientSecret, err)
		}
	}
}

func TestCheckCredentialsRefuses(t *testing.T) {
	tests := []struct{ name, value, problem string }{
		{"nothing", "", "is empty"},
		{"white space alone", " \n", "is empty"},
		{"the runbook's placeholder", "<" + canary + ">", "is a placeholder"},
		{"half a placeholder", canary + ">", "is a placeholder"},
		{"a space inside", canary + " x", "white space"},
		{"two lines", canary + "\n" + canary, "white space"},
		{"a no-break space inside", canary + "\u00a0x", "white space"},
		{"a control character", canary + "\x00x", "control characters"},
		{"an escape code", canary + "\x1b[0m", "control characters"},
		{"a byte order mark", "\ufeff" + canary, "control characters"},
		{"a zero-width space", canary + "\u200bx", "control characters"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, idErr := CheckCredentials(infisical.UniversalAuth{ClientID: tt.value, ClientSecret: "good"})
			_, secretErr := CheckCredentials(infisical.UniversalAuth{ClientID: "good", ClientSecret: tt.value})
			for part, err := range map[string]error{"the client ID ": idErr, "the client secret ": secretErr} {
				if !isInput(err) || !strings.HasPrefix(err.Error(), part) || !strings.Contains(err.Error(), tt.problem) {
					t.Errorf("%s: error = %v, want %q", part, err, tt.problem)
				} else if strings.Contains(err.Error(), canary) {
					t.Errorf("%s: the error quotes the value: %v", part, err)
				}
			}
		})
	}
}

func credentials(data map[string]string) *corev1.Secret {
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
		{"both parts", newCluster(credentials(map[string]string{"clientId": "id", "clientSecret": canary})), true, ""},
		{"no Secret", newCluster(), false, "EI301"},
		{"no client secret", newCluster(credentials(map[string]string{"clientId": "id"})), false, "EI302"},
		{"no client ID", newCluster(credentials(map[string]string{"clientSecret": canary})), false, "EI302"},
		{"an empty part", newCluster(credentials(map[string]string{"clientId": "", "clientSecret": canary})), false, "EI302"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			has, err := tt.cluster.HasCredentials(t.Context())
			if has != tt.has || err != nil {
				t.Errorf("HasCredentials = %t, %v", has, err)
			}
			auth, err := tt.cluster.readCredentials(t.Context(), store("p").Credentials)
			if codeOf(err) != tt.code || (auth.ClientSecret == canary) != tt.has {
				t.Errorf("readCredentials: %v, want code %q", err, tt.code)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error holds the value: %v", err)
			}
		})
	}
}

func TestForbiddenCredentialsAreNotMissing(t *testing.T) {
	c := newCluster()
	clustertest.Refuse(&c.typed.Fake, "get", "secrets", clustertest.Forbidden("secrets"))
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
