package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// doctorFormats are all that doctor -o takes.
var doctorFormats = []string{"text", "wide", "json", "yaml", "junit", "sarif", "markdown", "html"}

func TestDoctorWithoutAClusterGivesAReport(t *testing.T) {
	for _, format := range doctorFormats {
		r := start(t, "", "doctor", "-o", format)
		if r.code != 3 || !strings.Contains(r.out, "EI101") || r.errOut != "" {
			t.Errorf("-o %s: exit code %d, %q, %q", format, r.code, r.out, r.errOut)
		}
	}
	r := start(t, "", "doctor")
	for _, want := range []string{"UNKNOWN EI101  the kubeconfig leads to a cluster", "no cluster to ask was found", "KUBECONFIG", "1 unknown"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is missing in %s", want, r.out)
		}
	}
}

func TestDoctorsDocumentKeepsToTheSchema(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("../../docs/schema/doctor-report.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"--server", forbiddingServer(t).URL}} {
		r := start(t, "", append([]string{"doctor", "-o", "json"}, args...)...)
		content, err := jsonschema.UnmarshalJSON(strings.NewReader(r.out))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(content); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestDoctorHasOneExitCodeWhateverTheFormat(t *testing.T) {
	url := forbiddingServer(t).URL
	for _, format := range doctorFormats {
		if r := start(t, "", "doctor", "--server", url, "-o", format); r.code != 3 || r.out == "" {
			t.Errorf("-o %s: exit code %d", format, r.code)
		}
	}
}

func TestDoctorSendsNothingThatChangesTheCluster(t *testing.T) {
	s := forbiddingServer(t)
	start(t, "", "doctor", "--server", s.URL)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, request := range s.requests {
		if !strings.HasPrefix(request, "GET ") && !strings.HasPrefix(request, "dry run of ") {
			t.Errorf("sent %s", request)
		}
	}
}

func TestDoctorRefusesWhatCannotBe(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := map[string]struct {
		args []string
		text string
	}{
		"a code that is none":    {[]string{"--only", "EI421"}, "close to it: "},
		"a layer that is none":   {[]string{"--skip", "0xx"}, "no code of this program"},
		"a status":               {[]string{"--fail-on", "sometimes"}, "use warn, fail or never"},
		"a format":               {[]string{"-o", "xml"}, "junit, sarif, markdown or html"},
		"watching a document":    {[]string{"--watch", "-o", "json"}, "text alone"},
		"logging in repeatedly":  {[]string{"--watch", "--live"}, "exclude each other"},
		"no such file":           {[]string{"--ack", filepath.Join(folder, "absent")}, "no such file"},
		"an entry without date":  {[]string{"--ack", file("ack.yaml", "acknowledged: [{code: EI903, reason: r}]")}, "YYYY-MM-DD"},
		"a file of another kind": {[]string{"--since", file("v.json", `{"kind":"Version"}`)}, "no document of kind DoctorReport"},
		"an argument":            {[]string{"EI310"}, "unknown command"},
		"recording a change":     {[]string{"--record-event", "n/m", "--watch"}, "one look at one cluster"},
		"recording nowhere":      {[]string{"--record-event", "m"}, "NAMESPACE/NAME"},
	}
	for name, tt := range tests {
		if r := start(t, "", append([]string{"doctor"}, tt.args...)...); r.code != 2 || !strings.Contains(r.errOut, tt.text) || strings.Contains(r.out, "checks") {
			t.Errorf("%s: exit code %d, %q, %q", name, r.code, r.out, r.errOut)
		}
	}
}

func TestDoctorOnly(t *testing.T) {
	r := start(t, "", "doctor", "--only", "EI7xx", "-o", "json", "--server", forbiddingServer(t).URL)
	var report struct {
		Checks []struct{ Code, Status string }
	}
	if err := json.Unmarshal([]byte(r.out), &report); err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Checks {
		// Beside what was chosen, there is only what stands in its way.
		if !strings.HasPrefix(c.Code, "EI7") && c.Status == "pass" {
			t.Errorf("%s %s", c.Code, c.Status)
		}
	}
	if len(report.Checks) < 3 {
		t.Errorf("checks %+v", report.Checks)
	}
}

func TestDoctorSince(t *testing.T) {
	before := filepath.Join(t.TempDir(), "before.json")
	if err := os.WriteFile(before, []byte(start(t, "", "doctor", "-o", "json").out), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := start(t, "", "doctor", "--since", before); !strings.Contains(r.out, "nothing has changed") {
		t.Errorf("report: %s", r.out)
	}
	r := start(t, "", "doctor", "--since", before, "--server", forbiddingServer(t).URL)
	if !strings.Contains(r.out, "EI101  the kubeconfig leads to a cluster: unknown (EI101) -> pass") {
		t.Errorf("report: %s", r.out)
	}
}

func TestExplain(t *testing.T) {
	if r := start(t, "", "explain", "EI310"); r.code != 0 || !strings.Contains(r.out, "EI310: ") {
		t.Errorf("%+v", r)
	}
	if r := start(t, "", "explain", "EI421"); r.code != 2 || !strings.Contains(r.errOut, "close to it") || r.out != "" {
		t.Errorf("%+v", r)
	}
	listed := strings.Fields(start(t, "", "explain", "--list").out)
	if !slices.Contains(listed, "EI101") || !slices.Contains(listed, "EI905") {
		t.Errorf("listed %v", listed)
	}
}
