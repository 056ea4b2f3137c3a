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
		{Path: "installCRDs", Value: true}, {Path: "list[0]", Masked: true}, {Path: "webhook.port", Value: 9443}}
	wantChanged := []Value{{Path: `crds.annotations.helm\.sh/resource-policy`, Value: "keep"}, {Path: "list[1]", Masked: true},
		{Path: "replicaCount", Value: 2, Before: 1}}
	if diff := cmp.Diff(wantKept, kept); diff != "" {
		t.Errorf("kept:\n%s", diff)
	}
	if diff := cmp.Diff(wantChanged, changed); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

func TestAValueThatIsTakenBackIsNamed(t *testing.T) {
	_, changed := values(map[string]any{"replicaCount": 2}, map[string]any{"replicaCount": nil})
	if len(changed) != 1 || changed[0].String() != "replicaCount: null (was 2)" {
		t.Errorf("%+v", changed)
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
		{"a number", "tokenTTL", 3600, true},
		{"a number as a password", "database.password", 84213, true},
		{"text in an object that the chart is to make", "extraObjects[0].stringData.foo", canary, true},
		{"a number in one", "extraObjects[0].data", 4711, true},
		{"a manifest as text", "extraObjects[1]", "kind: Secret\nstringData: {a: " + canary + "}", true},
		{"a switch in one", "extraObjects[0].immutable", true, false},
		{"an image with credentials", "image.repository", "user:" + canary + "@registry.example.com/eso", true},
		{"one by its digest", "image.repository", "user:" + canary + "@registry.example.com/eso@sha256:0f", true},
		{"an image by its digest", "image.tag", "v2.4.1@sha256:0f", false},
		{"a webhook's image", "webhook.image.tag", "v2.4.1", false},
		{"a key that only begins like a known one", "replicaCounter", 3, true},
		{"a number of replicas", "certController.replicaCount", 3, false},
		{"nothing", "password", "", false},
		{"an ordinary text", "log.level", "debug", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := hidden(tt.path, tt.value); got != tt.masked {
				t.Errorf("masked: %v", got)
			}
		})
	}
	_, changed := values(map[string]any{"password": canary}, map[string]any{"password": "another"})
	if len(changed) != 1 || changed[0].Value != nil || changed[0].Before != nil || changed[0].String() != "password (not shown)" {
		t.Errorf("a changed secret: %+v", changed)
	}
	if _, changed = values(map[string]any{"pin": 4711}, map[string]any{"pin": true}); changed[0].Before != nil {
		t.Errorf("a secret that becomes a switch: %+v", changed)
	}
}
