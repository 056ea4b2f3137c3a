package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/golden"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// fleetOf are the reports of the fixture under the names of contexts.
func fleetOf(members ...string) Fleet {
	var clusters []Document
	for _, member := range members {
		context, name, _ := strings.Cut(member, "=")
		d := documents()[name]
		d.Context = context
		clusters = append(clusters, d)
	}
	return NewFleet(clusters, 1234*time.Millisecond)
}

// mixed is a fleet in which everything occurs.
func mixed() Fleet {
	return fleetOf("prod-eu=refused", "prod-us=healthy", "stage=refused", "old=unreachable", "dev=warnings")
}

// marked is a style whose tones can be seen in a golden file.
var marked = prose.Style{Width: 80, Marks: map[prose.Tone]string{prose.Good: "✓", prose.Bad: "✗", prose.Warning: "!", prose.Doubt: "?"},
	Paint: func(t prose.Tone, text string) string { return fmt.Sprintf("%d<%s>", t, text) }}

func TestFleetText(t *testing.T) {
	for name, tt := range map[string]struct {
		fleet   Fleet
		options TextOptions
	}{
		"fleet": {mixed(), TextOptions{}}, "fleet-wide": {mixed(), TextOptions{All: true}}, "fleet-healthy": {fleetOf("a=healthy", "b=healthy"), TextOptions{}},
		"fleet-80": {mixed(), TextOptions{Style: prose.Style{Width: 80}}}, "fleet-60": {mixed(), TextOptions{Style: prose.Style{Width: 60}}},
		"fleet-colour": {mixed(), TextOptions{Style: marked}}, "fleet-verbose": {mixed(), TextOptions{Evidence: true}},
		"fleet-many": {fleetOf(strings.Split(strings.Repeat("arn:aws:eks:eu-west-1:123456789012:cluster/prod=refused ", 12)+"z=healthy", " ")...), TextOptions{Style: prose.Style{Width: 80}}},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := tt.fleet.Text(&b, tt.options); err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, name+".txt", b.String())
		})
	}
}

func TestTextFitsTheTerminal(t *testing.T) {
	for _, width := range []int{60, 80} {
		for name, write := range map[string]func(io.Writer, TextOptions) error{"fleet": mixed().Text, "refused": documents()["refused"].Text, "warnings": documents()["warnings"].Text} {
			var b strings.Builder
			if err := write(&b, TextOptions{Style: prose.Style{Width: width}}); err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(b.String(), "\n") {
				// A command stays in one piece, so that it can be copied, and so does a word.
				if prose.Width(line) > width && !strings.Contains(line, "run:") && len(strings.Fields(line)) > 2 {
					t.Errorf("%s at %d columns: %q", name, width, line)
				}
			}
		}
	}
}

func TestTextInColour(t *testing.T) {
	for _, name := range []string{"refused", "healthy", "unreachable"} {
		var b strings.Builder
		if err := documents()[name].Text(&b, TextOptions{Style: marked}); err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, name+"-colour.txt", b.String())
	}
}

// The rule of one cluster, for the worst of them.
func TestFleetVerdict(t *testing.T) {
	for want, members := range map[doctor.Verdict][]string{
		doctor.Healthy: {"a=healthy", "b=warnings"}, doctor.Undecided: {"a=healthy", "b=unreachable"}, doctor.Sick: {"a=unreachable", "b=refused", "c=unreachable"},
	} {
		f := fleetOf(members...)
		if f.Summary.Verdict != want || f.Summary.Clusters != len(members) || f.Summary.Healthy+f.Summary.Findings+f.Summary.Unknown != len(members) {
			t.Errorf("%v: %+v", members, f.Summary)
		}
	}
}

func TestACauseIsToldOnceWithItsClusters(t *testing.T) {
	f := mixed()
	var told []string
	for _, shared := range f.RootCauses {
		told = append(told, string(shared.Code)+" "+strings.Join(shared.Contexts, ","))
	}
	if want := []string{"EI310 prod-eu,stage", "EI102 old"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestTheMatrixHasWhatIsWrongSomewhere(t *testing.T) {
	of := func(rows []row) map[string]string {
		found := map[string]string{}
		for _, r := range rows {
			for _, s := range r.Spots {
				found[string(r.Code)] += s.Word() + " "
			}
		}
		return found
	}
	some, all := of(mixed().matrix(false)), of(mixed().matrix(true))
	if some["EI702"] != "FAIL ok FAIL - - " || some["EI903"] != "known - known - warn " || some["EI102"] != "ok ok ok ? ok " || some["EI201"] != "" {
		t.Errorf("%q", some)
	}
	if all["EI201"] != "- ok - - - " || len(all) <= len(some) {
		t.Errorf("%q", all)
	}
}

// fleetEnvelope is the document as the command writes it.
func fleetEnvelope(t *testing.T, f Fleet) []byte {
	t.Helper()
	items := make([]json.RawMessage, len(f.Clusters))
	for i, d := range f.Clusters {
		items[i] = envelope(t, d)
	}
	data, err := json.Marshal(struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Fleet
		Items []json.RawMessage `json:"items"`
	}{"eso-infisical.dev/v1alpha1", FleetKind, f, items})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func fleetSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	// The list refers to the report by its address, at which there is nothing.
	for _, name := range []string{"doctor-report.json", "doctor-report-list.json"} {
		addSchema(t, compiler, name)
	}
	s, err := compiler.Compile("https://eso-infisical.dev/schema/v1alpha1/doctor-report-list.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func addSchema(t *testing.T, compiler *jsonschema.Compiler, name string) {
	t.Helper()
	data, err := os.ReadFile("../../../docs/schema/" + name)
	if err != nil {
		t.Fatal(err)
	}
	content, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("https://eso-infisical.dev/schema/v1alpha1/"+name, content); err != nil {
		t.Fatal(err)
	}
}

func TestTheFleetsDocumentKeepsToTheSchema(t *testing.T) {
	s := fleetSchema(t)
	for name, f := range map[string]Fleet{"mixed": mixed(), "healthy": fleetOf("a=healthy")} {
		f.Notes = []string{"A note."}
		changes := f.Clusters[0].Since(documents()["healthy"])
		f.Clusters[0].Changes = &changes
		content, err := jsonschema.UnmarshalJSON(bytes.NewReader(fleetEnvelope(t, f)))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(content); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, harm := range map[string]func(*Fleet){
		"a report without its context": func(f *Fleet) { f.Clusters[0].Context = "" },
		"a cause without clusters":     func(f *Fleet) { f.RootCauses[0].Contexts = nil },
		"a verdict":                    func(f *Fleet) { f.Summary.Verdict = "fine" },
		"a report that is none":        func(f *Fleet) { f.Clusters[0].Checks[0].Status = "ok" },
	} {
		f := mixed()
		harm(&f)
		content, err := jsonschema.UnmarshalJSON(bytes.NewReader(fleetEnvelope(t, f)))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(content) == nil {
			t.Errorf("the schema allows %s", name)
		}
	}
}

func TestReadFleet(t *testing.T) {
	f := mixed()
	back, err := ReadFleet(fleetEnvelope(t, f))
	if err != nil || len(back) != len(f.Clusters) {
		t.Fatalf("%v: %d reports", err, len(back))
	}
	for i, d := range f.Clusters {
		if back[i].Context != d.Context || len(d.Since(back[i])) != 0 {
			t.Errorf("%s has changed on the way: %v", d.Context, d.Since(back[i]))
		}
	}
	if _, err := ReadFleet(envelope(t, documents()["healthy"])); err == nil || !strings.Contains(err.Error(), "DoctorReportList") {
		t.Errorf("the report of one cluster: %v", err)
	}
}

func TestFleetJUnitHasASuiteForEachCluster(t *testing.T) {
	var b bytes.Buffer
	if err := mixed().JUnit(&b, doctor.FailOnFail); err != nil {
		t.Fatal(err)
	}
	var s struct {
		Suites []struct {
			Name     string `xml:"name,attr"`
			Failures int    `xml:"failures,attr"`
			Errors   int    `xml:"errors,attr"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b.Bytes(), &s); err != nil || len(s.Suites) != 5 {
		t.Fatalf("%v: %+v", err, s)
	}
	if s.Suites[0].Name != "doctor prod-eu" || s.Suites[0].Failures == 0 || s.Suites[1].Failures+s.Suites[1].Errors != 0 || s.Suites[3].Errors == 0 {
		t.Errorf("%+v", s)
	}
}

func TestFleetSARIFHasARunForEachCluster(t *testing.T) {
	var b bytes.Buffer
	if err := mixed().SARIF(&b); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			AutomationDetails struct{ ID string }
			Results           []struct{ RuleID string }
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil || len(log.Runs) != 5 {
		t.Fatalf("%v: %+v", err, log)
	}
	if log.Runs[0].AutomationDetails.ID != "doctor/prod-eu/" || len(log.Runs[0].Results) == 0 || len(log.Runs[1].Results) != 0 {
		t.Errorf("%+v", log)
	}
}

func TestFleetMarkdown(t *testing.T) {
	var b strings.Builder
	if err := mixed().Markdown(&b); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "fleet.md", b.String())
}

func TestFleetPage(t *testing.T) {
	f := mixed()
	var b strings.Builder
	if err := f.HTML(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, d := range f.Clusters {
		if strings.Count(page, ">"+d.Context+"</a>") != 1 {
			t.Errorf("%s is no column", d.Context)
		}
	}
	for _, want := range []string{`id="chain-1"`, `id="chain-5"`, "FAIL EI310", "prod-eu, stage", "&lt;script&gt;", "prefers-color-scheme: dark"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, foreign := range []string{"<script>", "http://", "https://", "url(", "<link"} {
		if strings.Contains(page, foreign) {
			t.Errorf("the page holds %q", foreign)
		}
	}
	if ids := strings.Count(page, `id="chain-1"`); ids != 1 {
		t.Errorf("%d drawings of the same name", ids)
	}
}

// Same verdict, whatever it is rendered as.
func TestAllFormatsTellOfEveryRootCauseOfAFleet(t *testing.T) {
	f := mixed()
	for format, write := range map[string]func(io.Writer) error{
		"text": func(w io.Writer) error { return f.Text(w, TextOptions{}) }, "markdown": f.Markdown, "html": f.HTML, "sarif": f.SARIF,
		"junit": func(w io.Writer) error { return f.JUnit(w, doctor.FailOnFail) },
	} {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		for _, shared := range f.RootCauses {
			if !strings.Contains(b.String(), string(shared.Code)) {
				t.Errorf("%s: nothing of %s", format, shared.Code)
			}
		}
		if err := write(brokenPipe{}); err == nil {
			t.Errorf("%s: a failed write is not reported", format)
		}
	}
}
