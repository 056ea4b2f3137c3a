package explain

import (
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
)

// explain runs the command and returns what it writes.
func explain(t *testing.T, args ...string) (string, error) {
	t.Helper()
	streams, _, out, _ := genericiooptions.NewTestIOStreams()
	cmd := New(streams, Run)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.Execute()
	return out.String(), err
}

func TestOneCode(t *testing.T) {
	for _, text := range []string{"EI311", "ei311", "311"} {
		out, err := explain(t, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"EI311: the machine identity is not locked\n", "credentials, error", "why:   After three failed logins", "fix:   Put a valid",
			"run:   kubectl eso-infisical bootstrap", "after: EI310 ", "more:  https://"} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is missing in:\n%s", want, out)
			}
		}
	}
}

func TestNoLineOfTextIsLong(t *testing.T) {
	out, err := explain(t, "EI1xx", "EI2xx", "EI3xx", "EI4xx", "EI5xx", "EI6xx", "EI7xx", "EI8xx", "EI9xx")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(out, "\n") {
		isProse := strings.HasPrefix(line, "why:") || strings.HasPrefix(line, "fix:") || strings.HasPrefix(line, "       ")
		if isProse && len(line) > 120 && !strings.Contains(line, "https://") {
			t.Errorf("%d characters: %s", len(line), line)
		}
	}
	for _, e := range catalogue.All() {
		if !strings.Contains(out, string(e.Code)+": "+e.Title+"\n") {
			t.Errorf("%s is missing", e.Code)
		}
	}
}

func TestList(t *testing.T) {
	out, err := explain(t, "--list")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1xx client and cluster\n", "\n\n4xx TLS and CA\n", "  EI412  ", "  EI450  the CA certificate stays valid for 30 days at least (warning)\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if out, err = explain(t, "--list", "4xx"); err != nil || strings.Contains(out, "EI301") || !strings.Contains(out, "EI412") {
		t.Errorf("a layer: %v\n%s", err, out)
	}
}

func TestDocuments(t *testing.T) {
	out, err := explain(t, "EI401", "-o", "json")
	var one struct{ APIVersion, Kind, Code, Title, Why, Fix, Command string }
	if err != nil || json.Unmarshal([]byte(out), &one) != nil || one.Kind != "Explanation" || one.Code != "EI401" || one.Fix == "" || one.Command == "" {
		t.Errorf("%v: %s", err, out)
	}
	for _, args := range [][]string{{"--list", "-o", "yaml"}, {"EI4xx", "EI301", "-o", "yaml"}, {"--list", "EI301", "-o", "yaml"}} {
		out, err := explain(t, args...)
		var many struct {
			Kind  string
			Items []struct{ Code string }
		}
		if err != nil || yaml.Unmarshal([]byte(out), &many) != nil || many.Kind != "ExplanationList" || len(many.Items) == 0 || many.Items[0].Code == "" {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
}

func TestWhatIsNoCode(t *testing.T) {
	for text, want := range map[string]string{"EI421": "close to it: ", "moon": "such as EI412", "": "no code"} {
		if out, err := explain(t, text); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "explain --list") || out != "" {
			t.Errorf("%q: %v, %q", text, err, out)
		}
	}
	if _, err := explain(t); err == nil || !strings.Contains(err.Error(), "--list") {
		t.Errorf("no argument: %v", err)
	}
}
