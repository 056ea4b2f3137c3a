// Package doctor looks at a cluster without changing it and says what is wrong: collect a snapshot, judge it check by check, report.
package doctor

import (
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Status is the outcome of a check.
type Status string

// The outcomes. Unknown means that the truth could not be found out, as for want of a right; it is never a pass.
const (
	Pass    Status = "pass"
	Fail    Status = "fail"
	Unknown Status = "unknown"
	Skip    Status = "skip"
)

// Finding is the outcome of one check about one object.
type Finding struct {
	// Code names the check, Title the fact that is expected.
	Code, Title string
	Status      Status
	// Cause says what is wrong and how to mend it, where Status is Fail.
	Cause cause.Cause
	// Detail is technical text, or why the outcome is unknown or skipped.
	Detail string
}

// Report is the whole examination.
type Report struct{ Findings []Finding }

// Count says how many findings have the status.
func (r Report) Count(s Status) int {
	n := 0
	for _, f := range r.Findings {
		if f.Status == s {
			n++
		}
	}
	return n
}

// check is one expected fact. It yields a finding for each object that it looks at.
type check struct {
	code, title string
	// needs is the code of a check without whose pass this one says nothing.
	needs string
	judge func(*snapshot) []verdict
}

// verdict is what a check found about one object; about is added to the title.
type verdict struct {
	about string
	err   error
}

func ok(about string) []verdict             { return []verdict{{about: about}} }
func bad(about string, err error) []verdict { return []verdict{{about: about, err: err}} }

func (c check) findings(s *snapshot, passed map[string]bool) []Finding {
	if c.needs != "" && !passed[c.needs] {
		return []Finding{{Code: c.code, Title: c.title, Status: Skip, Detail: "needs " + c.needs}}
	}
	var findings []Finding
	for _, v := range c.judge(s) {
		findings = append(findings, c.finding(v))
	}
	return findings
}

func (c check) finding(v verdict) Finding {
	f := Finding{Code: c.code, Title: c.title, Status: Pass}
	if v.about != "" {
		f.Title += ": " + v.about
	}
	if v.err == nil {
		return f
	}
	var named *cause.Error
	switch {
	case errors.As(v.err, &named):
		f.Status, f.Cause = Fail, named.Cause
		if named.Err != nil {
			f.Detail = named.Err.Error()
		}
	case apierrors.IsForbidden(v.err), apierrors.IsUnauthorized(v.err):
		f.Status, f.Detail = Unknown, "not allowed to look: "+v.err.Error()
	default:
		f.Status, f.Detail = Unknown, v.err.Error()
	}
	return f
}

// failed makes the error of a check that found its fact not to hold.
func failed(c cause.Cause, detail string) error {
	e := &cause.Error{Tried: "doctor", Cause: c}
	if detail != "" {
		e.Err = errors.New(detail)
	}
	return e
}
