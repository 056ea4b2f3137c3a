package image

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRepository(t *testing.T) {
	for reference, want := range map[string]string{
		"nginx":                               "nginx",
		"nginx:1.27":                          "nginx",
		"registry.test:5000/team/app":         "registry.test:5000/team/app",
		"registry.test:5000/team/app:v1":      "registry.test:5000/team/app",
		"registry.test/app@sha256:0123":       "registry.test/app",
		"registry.test:5000/app:v1@sha256:01": "registry.test:5000/app",
	} {
		if got := Repository(reference); got != want {
			t.Errorf("Repository(%q) = %q, want %q", reference, got, want)
		}
	}
}

func TestCommand(t *testing.T) {
	catalog := NewCatalog(map[string][]string{"registry.test/team/app": {"/bin/app", "serve"}, "registry.test/none": nil})
	for _, reference := range []string{"registry.test/team/app:v1", "registry.test/team/app@sha256:01"} {
		got, err := catalog.Command(reference)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"/bin/app", "serve"}, got); diff != "" {
			t.Errorf("Command(%q) (-want +got):\n%s", reference, diff)
		}
	}
	for reference, want := range map[string]string{
		"nginx":                     `failed to pull and unpack image "docker.io/library/nginx:latest"`,
		"team/app:v2":               `failed to resolve reference "docker.io/team/app:v2"`,
		"registry.test/team/app2":   "registry.test/team/app2:latest: not found",
		"registry.test/none@sha256": "not found",
	} {
		if _, err := catalog.Command(reference); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Command(%q) error = %v, want %q", reference, err, want)
		}
	}
}
