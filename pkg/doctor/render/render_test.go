package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/golden"
)

func TestText(t *testing.T) {
	for name, d := range documents() {
		t.Run(name, func(t *testing.T) {
			for suffix, o := range map[string]TextOptions{"": {}, "-wide": {All: true}, "-verbose": {Evidence: true}} {
				var b strings.Builder
				if err := d.Text(&b, o); err != nil {
					t.Fatal(err)
				}
				golden.Compare(t, name+suffix+".txt", b.String())
			}
		})
	}
}

func TestMarkdown(t *testing.T) {
	var b strings.Builder
	if err := documents()["refused"].Markdown(&b); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "refused.md", b.String())
}

// envelope is the document with the header that the command puts before it.
func envelope(t *testing.T, d Document) []byte {
	t.Helper()
	data, err := json.Marshal(struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Document
	}{"eso-infisical.dev/v1alpha1", Kind, d})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	s, err := compiler.Compile("../../../docs/schema/doctor-report.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryDocumentKeepsToTheSchema(t *testing.T) {
	s := schema(t)
	for name, d := range documents() {
		changes := d.Since(documents()["healthy"])
		d.Changes, d.Notes = &changes, []string{"A note."}
		content, err := jsonschema.UnmarshalJSON(bytes.NewReader(envelope(t, d)))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(content); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSchemaRefusesWhatIsNoReport(t *testing.T) {
	s := schema(t)
	for name, harm := range map[string]func(*Document){
		"a code":                     func(d *Document) { d.Checks[0].Code = "X1" },
		"a status":                   func(d *Document) { d.Checks[0].Status = "ok" },
		"a failure without a cause":  func(d *Document) { d.Checks[0].Status = doctor.Fail },
		"a skip without its blocker": func(d *Document) { d.Checks[0].Status = doctor.Skip },
		"an unknown without reason":  func(d *Document) { d.Checks[0].Status = doctor.Unknown },
		"a verdict":                  func(d *Document) { d.Summary.Verdict = "fine" },
	} {
		d := documents()["healthy"]
		harm(&d)
		content, err := jsonschema.UnmarshalJSON(bytes.NewReader(envelope(t, d)))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(content) == nil {
			t.Errorf("the schema allows %s", name)
		}
	}
}

func TestJUnit(t *testing.T) {
	type suites struct {
		Suite struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Skipped  int `xml:"skipped,attr"`
			Cases    []struct {
				Name    string    `xml:"name,attr"`
				Failure *struct{} `xml:"failure"`
				Error   *struct{} `xml:"error"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	for name, tt := range map[string]struct {
		on                             doctor.FailOn
		tests, failures, errs, skipped int
	}{
		"healthy": {doctor.FailOnFail, 4, 0, 0, 0}, "warnings": {doctor.FailOnFail, 3, 0, 0, 0}, "refused": {doctor.FailOnFail, 6, 2, 2, 1},
		"unreachable": {doctor.FailOnFail, 5, 0, 1, 3},
	} {
		var b bytes.Buffer
		if err := documents()[name].JUnit(&b, tt.on); err != nil {
			t.Fatal(err)
		}
		var s suites
		if err := xml.Unmarshal(b.Bytes(), &s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var failures, errs, skipped int
		for _, c := range s.Suite.Cases {
			if c.Failure != nil {
				failures++
			}
			if c.Error != nil {
				errs++
			}
			if c.Skipped != nil {
				skipped++
			}
		}
		if len(s.Suite.Cases) != tt.tests || failures != tt.failures || errs != tt.errs || skipped != tt.skipped {
			t.Errorf("%s: %d cases, %d failures, %d errors, %d skipped", name, len(s.Suite.Cases), failures, errs, skipped)
		}
		if s.Suite.Tests != tt.tests || s.Suite.Failures != failures || s.Suite.Errors != errs || s.Suite.Skipped != skipped {
			t.Errorf("%s: the suite counts otherwise: %+v", name, s.Suite)
		}
	}
	var strict bytes.Buffer
	if err := documents()["warnings"].JUnit(&strict, doctor.FailOnWarn); err != nil || strings.Count(strict.String(), "<failure") != 2 {
		t.Errorf("warnings are no failures with --fail-on warn: %v %s", err, strict.String())
	}
}

func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := documents()["refused"].SARIF(&b); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "refused.sarif", b.String())
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct{ RuleID, Level string }
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil || log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("%v: %+v", err, log)
	}
	rules := map[string]bool{}
	for _, r := range log.Runs[0].Tool.Driver.Rules {
		rules[r.ID] = true
	}
	for _, r := range log.Runs[0].Results {
		if !rules[r.RuleID] {
			t.Errorf("the result of %s has no rule", r.RuleID)
		}
	}
}

func TestSince(t *testing.T) {
	all := documents()
	if changes := all["refused"].Since(all["refused"]); len(changes) != 0 {
		t.Errorf("nothing has changed, but: %v", changes)
	}
	var lines []string
	for _, c := range all["refused"].Since(all["healthy"]) {
		lines = append(lines, c.String())
	}
	for _, want := range []string{"EI702  the store is ready: ClusterSecretStore infisical-p: pass -> fail (EI310)", "not there -> fail (EI801)", "not there -> unknown"} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("%q is missing in %v", want, lines)
		}
	}
	mended := all["healthy"].Since(all["refused"])
	if text := mended[0].String(); !strings.Contains(text, "fail (EI310) -> pass") || !strings.Contains(mended[len(mended)-1].String(), "-> not there") {
		t.Errorf("changes %v", mended)
	}
}

func TestRead(t *testing.T) {
	d := documents()["refused"]
	asYAML, err := yaml.JSONToYAML(envelope(t, d))
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{envelope(t, d), asYAML} {
		back, err := Read(data)
		if err != nil || len(d.Since(back)) != 0 || back.Cluster != "prod-eu" {
			t.Errorf("%v: %+v", err, back)
		}
	}
	for _, text := range []string{"", "]", `{"kind":"Version"}`, "hello"} {
		if _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), "earlier report") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Same verdict, whatever it is rendered as.
func TestAllFormatsTellOfEveryFailure(t *testing.T) {
	for name, d := range documents() {
		formats := map[string]func(io.Writer) error{
			"text": func(w io.Writer) error { return d.Text(w, TextOptions{}) }, "markdown": d.Markdown, "html": d.HTML, "sarif": d.SARIF,
			"junit": func(w io.Writer) error { return d.JUnit(w, doctor.FailOnFail) },
		}
		for format, write := range formats {
			var b strings.Builder
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			for _, c := range append(d.Problems(doctor.Fail), d.Problems(doctor.Unknown)...) {
				if code := causeCode(c); !strings.Contains(b.String(), string(code)) || !strings.Contains(b.String(), string(c.Code)) {
					t.Errorf("%s as %s: nothing of %s (%s)", name, format, c.Code, code)
				}
			}
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestAFailedWriteIsReported(t *testing.T) {
	d := documents()["refused"]
	for name, write := range map[string]func(io.Writer) error{"text": func(w io.Writer) error { return d.Text(w, TextOptions{}) }, "markdown": d.Markdown,
		"html": d.HTML, "sarif": d.SARIF, "junit": func(w io.Writer) error { return d.JUnit(w, doctor.FailOnFail) }} {
		if err := write(brokenPipe{}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: error = %v", name, err)
		}
	}
}
