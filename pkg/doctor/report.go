package doctor

import (
	"slices"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Outcome is what came of one check.
type Outcome struct {
	Code  cause.Code
	Title string
	// Findings has one at least.
	Findings Result
	// BlockedBy is the check because of which this one was skipped.
	BlockedBy cause.Code
	Took      time.Duration
}

// passed reports whether what builds on the check has something to build on.
func (o Outcome) passed() bool {
	return !slices.ContainsFunc(o.Findings, func(f Finding) bool { return f.Status != Pass && f.Status != Warn })
}

// blocker is the first check on the way that did not pass.
func (o Outcome) blocker() cause.Code {
	if o.BlockedBy != "" {
		return o.BlockedBy
	}
	return o.Code
}

// Report is the whole examination.
type Report struct {
	Cluster, Namespace string
	// Context is the kubeconfig's that leads to the cluster, where several are examined, and else empty.
	Context  string
	Started  time.Time
	Took     time.Duration
	Outcomes []Outcome
}

// Count says how many findings have the status. Those that were acknowledged are no warnings or failures any more.
func (r Report) Count(s Status) int {
	n := 0
	for _, o := range r.Outcomes {
		for _, f := range o.Findings {
			if f.Status == s && f.counts() {
				n++
			}
		}
	}
	return n
}

// Acknowledged says how many findings were acknowledged.
func (r Report) Acknowledged() int {
	n := 0
	for _, o := range r.Outcomes {
		for _, f := range o.Findings {
			if !f.counts() {
				n++
			}
		}
	}
	return n
}

// Verdict sums a report up.
type Verdict string

// The verdicts, from the best to the worst.
const (
	Healthy   Verdict = "healthy"
	Undecided Verdict = "unknown"
	Sick      Verdict = "findings"
)

// FailOn says what makes a report one with findings.
type FailOn string

// What a report can fail on.
const (
	FailOnWarn  FailOn = "warn"
	FailOnFail  FailOn = "fail"
	FailOnNever FailOn = "never"
)

// Verdict judges by what was found; what was acknowledged does not count. What could not be found out is never healthy.
func (r Report) Verdict(on FailOn) Verdict {
	sick := r.Count(Fail) > 0 && on != FailOnNever || r.Count(Warn) > 0 && on == FailOnWarn
	switch {
	case sick:
		return Sick
	case r.Count(Unknown) > 0:
		return Undecided
	}
	return Healthy
}
