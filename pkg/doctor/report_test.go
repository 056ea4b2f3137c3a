package doctor

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

func reportOf(findings ...Finding) Report {
	var r Report
	for i, f := range findings {
		code := f.Code()
		if code == "" {
			code = cause.Code([]string{"EI101", "EI102", "EI103"}[i%3])
		}
		r.Outcomes = append(r.Outcomes, Outcome{Code: code, Findings: Result{f}})
	}
	return r
}

func TestVerdict(t *testing.T) {
	warning := bad("EI450")
	tests := []struct {
		name     string
		findings []Finding
		on       FailOn
		want     Verdict
	}{
		{"nothing", nil, FailOnFail, Healthy},
		{"pass", []Finding{Holds("")}, FailOnFail, Healthy},
		{"warning", []Finding{warning}, FailOnFail, Healthy},
		{"warning, on warn", []Finding{warning}, FailOnWarn, Sick},
		{"failure", []Finding{bad("EI301")}, FailOnFail, Sick},
		{"failure, on warn", []Finding{bad("EI301")}, FailOnWarn, Sick},
		{"failure, on never", []Finding{bad("EI301")}, FailOnNever, Healthy},
		{"unknown", []Finding{Untold("")}, FailOnFail, Undecided},
		{"unknown, on never", []Finding{Untold("")}, FailOnNever, Undecided},
		{"unknown and a failure", []Finding{Untold(""), bad("EI301")}, FailOnFail, Sick},
		{"unknown and a warning", []Finding{Untold(""), warning}, FailOnFail, Undecided},
		{"skipped", []Finding{{Status: Skip}}, FailOnFail, Healthy},
	}
	for _, tt := range tests {
		if got := reportOf(tt.findings...).Verdict(tt.on); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestRootCauses(t *testing.T) {
	unreachable := Untold("")
	unreachable.Cause = cause.Cause{Code: "EI102"}
	storeBy := func(code cause.Code) Outcome { return Outcome{Code: "EI702", Findings: Result{bad(code)}} }
	tests := []struct {
		name string
		r    Report
		want []cause.Code
	}{
		{"none", reportOf(Holds("")), nil},
		{"a warning is none", reportOf(bad("EI450")), nil},
		{"one", reportOf(bad("EI301")), []cause.Code{"EI301"}},
		{"the same, found twice", Report{Outcomes: []Outcome{{Code: "EI301", Findings: Result{bad("EI301")}}, storeBy("EI301")}}, []cause.Code{"EI301"}},
		{"what follows", Report{Outcomes: []Outcome{storeBy("EI310"), {Code: "EI807", Findings: Result{bad("EI801")}}}}, []cause.Code{"EI310"}},
		{"over several steps", reportOf(bad("EI253"), bad("EI202"), bad("EI221"), bad("EI704")), []cause.Code{"EI253"}},
		{"two of their own", reportOf(bad("EI402"), bad("EI350")), []cause.Code{"EI350", "EI402"}},
		{"no reason to doubt", reportOf(Untold("forbidden")), nil},
		{"why nothing is known", reportOf(unreachable), []cause.Code{"EI102"}},
	}
	for _, tt := range tests {
		if got := tt.r.RootCauses(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestAcknowledge(t *testing.T) {
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	store := Object{Kind: "ClusterSecretStore", Name: "s"}
	fresh := func() Report {
		open := Problem(cause.Cause{Code: "EI903"}, store)
		return Report{Outcomes: []Outcome{{Code: "EI903", Findings: Result{open}}, {Code: "EI702", Findings: Result{bad("EI310")}}}}
	}
	tests := []struct {
		name string
		ack  Acknowledgement
		// left are warnings and failures that still count.
		left int
		note string
	}{
		{"by check", Acknowledgement{Code: "EI903", Reason: "one team", Expires: "2026-12-31"}, 1, ""},
		{"by cause", Acknowledgement{Code: "EI310", Reason: "r", Expires: "2026-12-31"}, 1, ""},
		{"by object", Acknowledgement{Code: "EI903", Object: "ClusterSecretStore s", Reason: "r", Expires: "2026-12-31"}, 1, ""},
		{"another object", Acknowledgement{Code: "EI903", Object: "ClusterSecretStore t", Reason: "r", Expires: "2026-12-31"}, 2, "matches nothing"},
		{"on its last day", Acknowledgement{Code: "EI903", Reason: "r", Expires: "2026-06-15"}, 1, ""},
		{"expired", Acknowledgement{Code: "EI903", Reason: "r", Expires: "2026-06-14"}, 2, "expired on 2026-06-14"},
		{"of no use", Acknowledgement{Code: "EI301", Reason: "r", Expires: "2026-12-31"}, 2, "matches nothing"},
	}
	for _, tt := range tests {
		r := fresh()
		notes := strings.Join(r.Acknowledge([]Acknowledgement{tt.ack}, now), " ")
		if left := r.Count(Warn) + r.Count(Fail); left != tt.left || !strings.Contains(notes, tt.note) || tt.note == "" && notes != "" {
			t.Errorf("%s: %d left, notes %q", tt.name, left, notes)
		}
		if r.Acknowledged() != 2-tt.left {
			t.Errorf("%s: %d acknowledged", tt.name, r.Acknowledged())
		}
	}
	r := fresh()
	r.Acknowledge([]Acknowledgement{{Code: "EI310", Reason: "r", Expires: "2026-12-31"}}, now)
	if len(r.RootCauses()) != 0 || r.Verdict(FailOnFail) != Healthy {
		t.Errorf("an acknowledged failure is still a root cause: %v", r.RootCauses())
	}
}

func TestParseAcknowledgements(t *testing.T) {
	good := "acknowledged:\n- {code: ei903, reason: one team, expires: \"2026-12-31\"}\n- {code: EI450, object: ConfigMap a/b, reason: x, expires: \"2026-12-31\"}\n"
	acks, err := ParseAcknowledgements([]byte(good))
	if err != nil || len(acks) != 2 || acks[0].Code != "EI903" || acks[1].Object != "ConfigMap a/b" {
		t.Errorf("%v, %+v", err, acks)
	}
	for text, want := range map[string]string{
		"acknowledged:\n- {code: EI904, expires: \"2026-12-31\"}":                       "no reason",
		"acknowledged:\n- {code: EI904, reason: r}":                                     "YYYY-MM-DD",
		"acknowledged:\n- {code: EI904, reason: r, expires: soon}":                      "YYYY-MM-DD",
		"acknowledged:\n- {code: EI999, reason: r, expires: \"2026-12-31\"}":            "no code of this program",
		"acknowledged:\n- {code: EI904, reason: r, expires: \"2026-12-31\", owner: me}": "owner",
		"ignored: []": "ignored",
		"]":           "read the acknowledgements",
	} {
		if _, err := ParseAcknowledgements([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
