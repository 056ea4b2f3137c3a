package setup

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

func TestTestName(t *testing.T) {
	tests := []struct{ key, want string }{
		{"DASHSCOPE_API_KEY", "test-dashscope-api-key"},
		{"/app/db.PASSWORD", "test--app-db-password"},
		{"Ümlaut", "test--mlaut"},
		{"TRAILING__", "test-trailing"},
		{"___", "test"},
		{strings.Repeat("A", 200), "test-" + strings.Repeat("a", 58)},
		{strings.Repeat("A", 57) + "_B", "test-" + strings.Repeat("a", 57)},
	}
	for _, tt := range tests {
		got := TestName(tt.key)
		if got != tt.want {
			t.Errorf("TestName(%q) = %q, want %q", tt.key, got, tt.want)
		}
		if problems := validation.IsDNS1123Label(got); len(problems) > 0 {
			t.Errorf("TestName(%q) = %q: %v", tt.key, got, problems)
		}
	}
}

func TestSplitKey(t *testing.T) {
	tests := []struct{ path, key, folder, name string }{
		{"/app", "KEY", "/app", "KEY"},
		{"/", "KEY", "/", "KEY"},
		{"/app", "/KEY", "/", "KEY"},
		{"/app", "/other/KEY", "/other", "KEY"},
		{"/app", "/a/b/KEY", "/a/b", "KEY"},
	}
	for _, tt := range tests {
		if folder, name := splitKey(tt.path, tt.key); folder != tt.folder || name != tt.name {
			t.Errorf("splitKey(%q, %q) = %q, %q", tt.path, tt.key, folder, name)
		}
	}
}

func TestCompareFails(t *testing.T) {
	tests := []struct {
		name        string
		inCluster   string
		inInfisical infisical.Secret
		code        string
	}{
		{"empty in the cluster", "", infisical.Secret{Value: []byte(canary)}, "EI804"},
		{"empty on both sides", "", infisical.Secret{}, "EI804"},
		{"hidden by the server", canary, infisical.Secret{Hidden: true}, "EI805"},
		{"masked, and ESO has synced the mask", "<hidden-by-infisical>", infisical.Secret{Value: []byte("<hidden-by-infisical>")}, "EI805"},
		{"different", canary, infisical.Secret{Value: []byte(canary + "\n")}, "EI808"},
		{"empty in Infisical", canary, infisical.Secret{}, "EI808"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			proof, err := compare("KEY", []byte(tt.inCluster), tt.inInfisical)
			if codeOf(err) != tt.code || proof != (Proof{}) {
				t.Fatalf("got %+v, %v; want %s", proof, err, tt.code)
			}
			if strings.Contains(err.Error(), canary) || !strings.Contains(err.Error(), "KEY") {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func TestCompareProvesWithoutShowing(t *testing.T) {
	secret := infisical.Secret{Key: "KEY", Value: []byte(canary)}
	first, err := compare("KEY", []byte(canary), secret)
	if err != nil || first.InCluster == "" || first.InCluster != first.InInfisical {
		t.Fatalf("got %+v, %v", first, err)
	}
	if text := first.String(); strings.Contains(text, canary) || strings.Count(text, first.InCluster) != 2 {
		t.Errorf("proof: %s", text)
	}
	second, err := compare("KEY", []byte(canary), secret)
	if err != nil || second.InCluster == first.InCluster {
		t.Errorf("the digest %s is the same in two runs, so it says something of the value (%v)", second.InCluster, err)
	}
}
