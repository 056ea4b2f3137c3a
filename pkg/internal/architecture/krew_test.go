package architecture

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// krew's own index and "krew install --manifest" read different files of the same content.
func TestKrewManifestsAreTheSame(t *testing.T) {
	manifest, err := os.ReadFile("../../../krew.yaml")
	if err != nil {
		t.Fatal(err)
	}
	indexed, err := os.ReadFile("../../../plugins/eso-infisical.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(manifest, indexed) {
		t.Error("krew.yaml and plugins/eso-infisical.yaml differ")
	}
	var plugin struct {
		Metadata struct{ Name string }
		Spec     struct {
			ShortDescription string
			Platforms        []struct{ URI, Bin string }
		}
	}
	if err := yaml.Unmarshal(manifest, &plugin); err != nil {
		t.Fatal(err)
	}
	if plugin.Metadata.Name != "eso-infisical" || len(plugin.Spec.ShortDescription) > 50 || len(plugin.Spec.Platforms) != 6 {
		t.Errorf("name %q, %d characters of description, %d platforms", plugin.Metadata.Name, len(plugin.Spec.ShortDescription), len(plugin.Spec.Platforms))
	}
	for _, p := range plugin.Spec.Platforms {
		// kubectl finds "kubectl eso-infisical" under this name alone.
		if strings.TrimSuffix(p.Bin, ".exe") != "kubectl-eso_infisical" {
			t.Errorf("%s holds %s", p.URI, p.Bin)
		}
	}
}
