package release

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/eso-infisical/kubectl-eso-infisical/release/krew"
)

func committed(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// krew's index and "krew install --manifest" read different files of the same content.
func TestTheManifestsAreTheSameAndGoodForKrew(t *testing.T) {
	manifest, indexed := committed(t, "krew.yaml"), committed(t, "plugins/eso-infisical.yaml")
	if !bytes.Equal(manifest, indexed) {
		t.Error("krew.yaml and plugins/eso-infisical.yaml differ; make krew writes both")
	}
	m, err := krew.Read(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range append(m.Problems("eso-infisical"), m.House()...) {
		t.Error(problem)
	}
}

// krew takes every file of the folder that ends in .yaml for a plugin.
func TestTheIndexHasOnePlugin(t *testing.T) {
	files, err := os.ReadDir("../plugins")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file.Name(), ".yaml") && file.Name() != "eso-infisical.yaml" {
			t.Errorf("plugins/%s", file.Name())
		}
	}
}

// configuration is what of .goreleaser.yaml the manifest and the reader of the README go by.
type configuration struct {
	ProjectName string `json:"project_name"`
	Builds      []struct {
		Binary       string
		Goos, Goarch []string
		Env, Flags   []string
	}
	Archives []struct {
		NameTemplate string `json:"name_template"`
	}
	Krews []struct {
		Name, Homepage, Description string
		ShortDescription            string `json:"short_description"`
	}
	Signs, Sboms []struct{ Artifacts string }
	Kos          []struct {
		BaseImage string `json:"base_image"`
		Platforms []string
	}
}

func TestTheManifestIsTheOneThatAReleaseWrites(t *testing.T) {
	var c configuration
	if err := yaml.Unmarshal(committed(t, ".goreleaser.yaml"), &c); err != nil {
		t.Fatal(err)
	}
	m, err := krew.Read(committed(t, "krew.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	k := c.Krews[0]
	if k.Name != m.Metadata.Name || k.Homepage != m.Spec.Homepage || k.ShortDescription != m.Spec.ShortDescription || k.Description != m.Spec.Description {
		t.Errorf("the release would write %+v", k)
	}
	if c.Archives[0].NameTemplate != "kubectl-eso_infisical_{{ .Os }}_{{ .Arch }}" {
		t.Errorf("the archives are named %s", c.Archives[0].NameTemplate)
	}
	b := c.Builds[0]
	if b.Binary != krew.Binary(krew.Pair{OS: "linux"}) || len(b.Goos)*len(b.Goarch) != len(krew.Released) {
		t.Errorf("built are %s for %v and %v", b.Binary, b.Goos, b.Goarch)
	}
	if len(c.Signs) == 0 || c.Signs[0].Artifacts != "checksum" || len(c.Sboms) == 0 || c.Sboms[0].Artifacts != "archive" {
		t.Errorf("signed are %v, with bills of materials for %v", c.Signs, c.Sboms)
	}
	if len(c.Kos) != 1 || !strings.Contains(c.Kos[0].BaseImage, "distroless") || !strings.Contains(c.Kos[0].BaseImage, "nonroot") {
		t.Errorf("the image is made of %v", c.Kos)
	}
}
