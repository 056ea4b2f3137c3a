package cmd

import (
	"encoding/json"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/spf13/cobra"
)

// failure is what a document says of a run that has failed.
type failure struct {
	APIVersion, Kind string
	Error            *struct{ Message, Code, Fix string }
}

// single reads the one document of a run.
func single(t *testing.T, r result) failure {
	t.Helper()
	var f failure
	decoder := json.NewDecoder(strings.NewReader(r.out))
	if err := decoder.Decode(&f); err != nil || decoder.More() {
		t.Fatalf("no single document: %v: %q, %q", err, r.out, r.errOut)
	}
	return f
}

func TestWrongUsageGivesADocument(t *testing.T) {
	for line, text := range map[string]string{
		"doctor -o json --nope":              "unknown flag: --nope",
		"doctor --nope -o json":              "unknown flag: --nope",
		"doctor --nope --output=json":        "unknown flag: --nope",
		"doctr -o json":                      "unknown",
		"doctor EI310 -o json":               "unknown command",
		"doctor -o json --only EI421":        "close to it",
		"doctor -o json --fail-on sometimes": "use warn, fail or never",
		"doctor -o json --contexts a --live": "--live",
		"status -o json --interval 0s":       "--interval",
		"apply-store -o json --host h":       "https://HOST",
		"explain -o json EI421":              "close to it",
		"version -o json extra":              "unknown command",
		"uninstall -o json --timeout soon":   "--timeout",
		"rotate credentials -o json --nope":  "--nope",
	} {
		r := start(t, "", strings.Fields(line)...)
		f := single(t, r)
		if r.code != 2 || f.Error == nil || !strings.Contains(f.Error.Message, text) || f.APIVersion != "eso-infisical.dev/v1alpha1" || f.Kind == "" {
			t.Errorf("%s: exit code %d, %+v", line, r.code, f)
		}
		if !strings.Contains(r.errOut, "error: ") {
			t.Errorf("%s: people are told nothing: %q", line, r.errOut)
		}
	}
}

func TestWrongUsageGivesAYAMLDocument(t *testing.T) {
	r := start(t, "", "doctor", "-o", "yaml", "--nope")
	var f failure
	if err := yaml.Unmarshal([]byte(r.out), &f); err != nil || r.code != 2 || f.Error == nil || f.Kind != "Failure" {
		t.Errorf("%v: %+v", err, r)
	}
}

func TestTheFormatOfTheEnvironmentGivesADocument(t *testing.T) {
	t.Setenv("ESO_INFISICAL_OUTPUT", "json")
	if r := start(t, "", "doctor", "--nope"); single(t, r).Error == nil || r.code != 2 {
		t.Errorf("%+v", r)
	}
	if r := start(t, "", "doctor", "--nope", "-o", "text"); strings.Contains(r.out, "{") {
		t.Errorf("%+v", r)
	}
}

// Whatever command fails at whatever point, there is one document. Without a cluster, each fails soon.
func TestEveryCommandWithDocumentsGivesOneWithoutACluster(t *testing.T) {
	t.Chdir(t.TempDir()) // where a bundle is written
	var visit func(c *cobra.Command, path []string)
	tried := 0
	visit = func(c *cobra.Command, path []string) {
		for _, sub := range c.Commands() {
			visit(sub, append(path[:len(path):len(path)], sub.Name()))
		}
		if c.Flag("output") == nil || !c.Runnable() || c.Flag("file") != nil { // a bundle would be written here
			return
		}
		tried++
		r := start(t, "", append(path, "-o", "json")...)
		if f := single(t, r); (f.Error == nil) != (r.code == 0) && f.Kind != "DoctorReport" || f.Kind == "" {
			t.Errorf("%v: exit code %d, %s", path, r.code, r.out)
		}
	}
	for _, c := range commands(t) {
		visit(c, []string{c.Name()})
	}
	if tried < 8 {
		t.Errorf("only %d commands write documents", tried)
	}
}
