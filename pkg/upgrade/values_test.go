package upgrade

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValues(t *testing.T) {
	before := map[string]any{"installCRDs": true, "replicaCount": 1, "webhook": map[string]any{"port": float64(9443)},
		"extraEnv": []any{map[string]any{"name": "A", "value": "held back"}}, "list": []any{"a"}, "empty": map[string]any{}}
	after := map[string]any{"installCRDs": true, "replicaCount": 2, "webhook": map[string]any{"port": 9443},
		"extraEnv": []any{map[string]any{"name": "A", "value": "held back"}}, "list": []any{"a", "b"}, "empty": map[string]any{},
		"crds": map[string]any{"annotations": map[string]any{"helm.sh/resource-policy": "keep"}}}
	kept, changed := values(before, after)
	wantKept := []Value{{Path: "empty", Value: map[string]any{}}, {Path: "extraEnv[0].name", Value: "A"}, {Path: "extraEnv[0].value", Masked: true},
		{Path: "installCRDs", Value: true}, {Path: "list[0]", Value: "a"}, {Path: "webhook.port", Value: 9443}}
	wantChanged := []Value{{Path: `crds.annotations.helm\.sh/resource-policy`, Value: "keep"}, {Path: "list[1]", Value: "b"},
		{Path: "replicaCount", Value: 2, Before: 1}}
	if diff := cmp.Diff(wantKept, kept); diff != "" {
		t.Errorf("kept:\n%s", diff)
	}
	if diff := cmp.Diff(wantChanged, changed); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

func TestWhatCouldBeASecretIsNotShown(t *testing.T) {
	const canary = "canary-91aa"
	tests := []struct {
		name   string
		path   string
		value  any
		masked bool
	}{
		{"a password", "database.password", canary, true},
		{"a token in capitals", "apiToken", canary, true},
		{"a variable", "extraEnv[0].value", canary, true},
		{"a variable of another container", "webhook.extraEnv[3].value", canary, true},
		{"a variable's name", "extraEnv[0].name", "HTTPS_PROXY", false},
		{"an address with credentials", "proxy", "https://user:" + canary + "@proxy.example.com", true},
		{"an address without", "image.repository", "registry.example.com/eso", false},
		{"a key in PEM form", "extra", "-----BEGIN RSA PRIVATE KEY-----\n" + canary, true},
		{"a switch with secret in its name", "processClusterSecretStore", false, false},
		{"a number", "tokenTTL", 3600, false},
		{"nothing", "password", "", false},
		{"an ordinary text", "log.level", "debug", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := secretive(tt.path, tt.value); got != tt.masked {
				t.Errorf("masked: %v", got)
			}
		})
	}
	_, changed := values(map[string]any{"password": canary}, map[string]any{"password": "another"})
	if len(changed) != 1 || changed[0].Value != nil || changed[0].Before != nil || changed[0].String() != "password (not shown)" {
		t.Errorf("a changed secret: %+v", changed)
	}
}
