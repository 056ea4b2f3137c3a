package flags

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

const (
	adminID     = "3e5d1c7a-0b1f-4c22-9d6f-2f0c5a7e9b10"
	adminSecret = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

func valueFile(t *testing.T, value string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(name, []byte(value), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAdministratorsAccessFromEverySource(t *testing.T) {
	tests := []struct {
		name        string
		admin       Admin
		stdin       string
		environment map[string]string
		token       string
		pair        bool
	}{
		{"file", Admin{TokenFile: valueFile(t, "token-of-file\n")}, "", map[string]string{TokenVariable: "token-of-environment"}, "token-of-file", false},
		{"stdin", Admin{TokenStdin: true}, "token-of-stdin\n", nil, "token-of-stdin", false},
		{"environment", Admin{}, "", map[string]string{TokenVariable: " token-of-environment "}, "token-of-environment", false},
		{"pair", Admin{ClientID: adminID, SecretFile: valueFile(t, adminSecret+"\n")}, "", nil, "", true},
		{"pair of the environment", Admin{}, "", map[string]string{adminIDVariable: adminID, adminSecretVariable: adminSecret}, "", true},
		{"a token that is given wins over the environment's pair", Admin{TokenStdin: true}, "t", map[string]string{adminIDVariable: adminID}, "t", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.admin.Getenv = func(name string) string { return tt.environment[name] }
			streams, in, _, _ := genericiooptions.NewTestIOStreams()
			in.WriteString(tt.stdin)
			access, err := tt.admin.Read(t.Context(), streams)
			if err != nil || access.Token != tt.token || !tt.admin.Given() {
				t.Fatalf("token %q, %v", access.Token, err)
			}
			if want := (infisical.UniversalAuth{ClientID: adminID, ClientSecret: adminSecret}); tt.pair != (access.Pair != nil && *access.Pair == want) {
				t.Errorf("pair %t", access.Pair != nil)
			}
			if text := fmt.Sprintf("%v %+v %#v", access, access, access); strings.Contains(text, "token-of") || strings.Contains(text, adminSecret) {
				t.Errorf("it prints %s", text)
			}
		})
	}
}

func TestAdministratorsAccessThatCannotBe(t *testing.T) {
	tests := map[string]struct {
		admin Admin
		stdin string
		text  string
	}{
		"nothing":                {Admin{}, "", "an administrator's access is missing"},
		"empty token":            {Admin{TokenStdin: true}, "\n", "token is empty"},
		"no such file":           {Admin{TokenFile: "/no/such/file"}, "", "read the access token"},
		"placeholder for the ID": {Admin{ClientID: "<ADMIN_ID>", SecretFile: valueFile(t, adminSecret)}, "", "of the administrator's machine identity, the client ID is a placeholder"},
		"swapped":                {Admin{ClientID: adminSecret, SecretFile: valueFile(t, adminID)}, "", "are swapped"},
		"no secret":              {Admin{ClientID: adminID}, "", "an administrator's access is missing"},
	}
	for name, tt := range tests {
		tt.admin.Getenv = func(string) string { return "" }
		streams, in, _, _ := genericiooptions.NewTestIOStreams()
		in.WriteString(tt.stdin)
		if _, err := tt.admin.Read(t.Context(), streams); err == nil || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), adminSecret) {
			t.Errorf("%s: %v, want %q", name, err, tt.text)
		}
	}
}
