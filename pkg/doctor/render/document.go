// Package render writes a report of the doctor: for people as text, Markdown or a page, for programs as JSON, YAML, JUnit or SARIF. All of
// them are made from one Document, so that they cannot differ in what they say.
package render

import (
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// Document is a report as programs read it; docs/schema/doctor-report.json describes it.
type Document struct {
	// Context is the kubeconfig's that leads to the cluster, where several were examined.
	Context    string       `json:"context,omitempty"`
	Cluster    string       `json:"cluster"`
	Namespace  string       `json:"namespace"`
	Time       time.Time    `json:"time"`
	DurationMs int64        `json:"durationMs"`
	Summary    Summary      `json:"summary"`
	RootCauses []cause.Code `json:"rootCauses"`
	Checks     []Check      `json:"checks"`
	// Changes are what differs from an earlier report, where one was given.
	Changes *[]Change `json:"changes,omitempty"`
	// Repairs are what --fix proposes, and what has become of it.
	Repairs []Repair `json:"repairs,omitempty"`
	// Notes are whole sentences about the run itself.
	Notes []string `json:"notes,omitempty"`
}

// Repair is one thing that can be done about a finding, or the reason why there is none.
type Repair struct {
	Code   cause.Code `json:"code"`
	Object string     `json:"object"`
	Action string     `json:"action,omitempty"`
	Risk   string     `json:"risk,omitempty"`
	// Diff holds no value of a Secret.
	Diff string `json:"diff,omitempty"`
	// Outcome is proposed, applied, refused (changed meanwhile), failed, or none where nothing can be done; Error says why.
	Outcome string `json:"outcome"`
	Error   string `json:"error,omitempty"`
}

// Summary counts findings by status.
type Summary struct {
	Verdict      doctor.Verdict `json:"verdict"`
	Passed       int            `json:"passed"`
	Warnings     int            `json:"warnings"`
	Failed       int            `json:"failed"`
	Unknown      int            `json:"unknown"`
	Skipped      int            `json:"skipped"`
	Acknowledged int            `json:"acknowledged"`
}

// Check is one finding of one check.
type Check struct {
	Code   cause.Code    `json:"code"`
	Layer  string        `json:"layer"`
	Title  string        `json:"title"`
	Status doctor.Status `json:"status"`
	// Object is the one that it is about, and Objects are all where there are several; Count is how many.
	Object  string   `json:"object,omitempty"`
	Objects []string `json:"objects,omitempty"`
	Count   int      `json:"count,omitempty"`
	// Found says in a few words what is there, where all is well.
	Found  string `json:"found,omitempty"`
	Cause  *Cause `json:"cause,omitempty"`
	Detail string `json:"detail,omitempty"`
	// RootCause means that this failure follows from no other.
	RootCause    bool          `json:"rootCause,omitempty"`
	Evidence     []Evidence    `json:"evidence,omitempty"`
	Fix          *Fix          `json:"fix,omitempty"`
	BlockedBy    cause.Code    `json:"blockedBy,omitempty"`
	Acknowledged *Acknowledged `json:"acknowledged,omitempty"`
	DurationMs   int64         `json:"durationMs"`
}

// Cause is what is wrong.
type Cause struct {
	Code    cause.Code `json:"code"`
	Summary string     `json:"summary"`
}

// Fix is how to mend it. In the command, what is in capitals is to be filled in.
type Fix struct {
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
}

// Evidence is one field as it was read.
type Evidence struct {
	Object          string     `json:"object"`
	Field           string     `json:"field"`
	Value           string     `json:"value"`
	ResourceVersion string     `json:"resourceVersion,omitempty"`
	Time            *time.Time `json:"time,omitempty"`
}

// Acknowledged says why a finding may stay, and until when.
type Acknowledged struct {
	Reason  string `json:"reason"`
	Expires string `json:"expires"`
}

// maxObjects is how many objects of a group are named.
const maxObjects = 50

// NewDocument describes a report. on is what it fails on.
func NewDocument(r doctor.Report, on doctor.FailOn) Document {
	d := Document{Context: r.Context, Cluster: r.Cluster, Namespace: r.Namespace, Time: r.Started.UTC(), DurationMs: r.Took.Milliseconds(),
		RootCauses: append([]cause.Code{}, r.RootCauses()...), Checks: []Check{},
		Summary: Summary{Verdict: r.Verdict(on), Passed: r.Count(doctor.Pass), Warnings: r.Count(doctor.Warn), Failed: r.Count(doctor.Fail),
			Unknown: r.Count(doctor.Unknown), Skipped: r.Count(doctor.Skip), Acknowledged: r.Acknowledged()}}
	roots := map[cause.Code]bool{}
	for _, code := range d.RootCauses {
		roots[code] = true
	}
	for _, o := range r.Outcomes {
		for _, f := range o.Findings {
			c := newCheck(o, f, r.Namespace)
			c.RootCause = c.Cause != nil && roots[c.Cause.Code] && f.Status != doctor.Warn && f.Acknowledged == nil
			d.Checks = append(d.Checks, c)
		}
	}
	return d
}

func newCheck(o doctor.Outcome, f doctor.Finding, namespace string) Check {
	c := Check{Code: o.Code, Layer: catalogue.LayerName(catalogue.LayerOf(o.Code)), Title: o.Title, Status: f.Status, Found: f.Note,
		Detail: f.Detail, BlockedBy: o.BlockedBy, DurationMs: o.Took.Milliseconds()}
	for i, obj := range f.Objects {
		if i == 0 {
			c.Object = obj.String()
		}
		if len(f.Objects) > 1 && i < maxObjects {
			c.Objects = append(c.Objects, obj.String())
		}
	}
	if len(f.Objects) > 1 {
		c.Count = len(f.Objects)
	}
	if f.Code() != "" {
		c.Cause = &Cause{f.Code(), f.Cause.Summary}
		c.Fix = newFix(f, namespace)
	}
	for _, e := range f.Evidence {
		c.Evidence = append(c.Evidence, newEvidence(e))
	}
	if a := f.Acknowledged; a != nil {
		c.Acknowledged = &Acknowledged{a.Reason, a.Expires}
	}
	return c
}

func newEvidence(e doctor.Evidence) Evidence {
	out := Evidence{Object: e.Object.String(), Field: e.Field, Value: e.Value, ResourceVersion: e.ResourceVersion}
	if !e.Time.IsZero() {
		at := e.Time.UTC()
		out.Time = &at
	}
	return out
}

// name is what the cluster is called beside others: contexts may lead to the same one.
func (d Document) name() string {
	if d.Context != "" {
		return d.Context
	}
	return d.Cluster
}

// Problems are the entries with the status, without those that were acknowledged.
func (d Document) Problems(status doctor.Status) []Check {
	var found []Check
	for _, c := range d.Checks {
		if c.Status == status && c.Acknowledged == nil {
			found = append(found, c)
		}
	}
	return found
}
