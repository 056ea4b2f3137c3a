// Package record keeps the doctor's last verdict in the cluster and tells of each change by an Event, for a doctor that runs there by itself. The
// verdict is kept in a ConfigMap, since Events are forgotten after an hour, and since whoever may change the CronJob may run whatever he likes.
package record

import (
	"cmp"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// Reasons of the Events.
const (
	ReasonHealthy   = "DoctorHealthy"
	ReasonFailures  = "DoctorFoundFailures"
	ReasonUndecided = "DoctorUndecided"
)

// verdict is what is kept of a report: nothing but the outcome and codes.
type verdict struct {
	outcome doctor.Verdict
	// codes are the root causes, with a comma between two; where warnings count, too, theirs are among them.
	codes string
}

// judge is the verdict on a report. A doctor that never fails has a verdict nonetheless.
func judge(r doctor.Report, on doctor.FailOn) verdict {
	if on == doctor.FailOnNever {
		on = doctor.FailOnFail
	}
	codes := r.RootCauses()
	if on == doctor.FailOnWarn {
		codes = append(codes, warned(r)...)
	}
	slices.Sort(codes)
	texts := []string{}
	for _, code := range slices.Compact(codes) {
		texts = append(texts, string(code))
	}
	return verdict{r.Verdict(on), strings.Join(texts, ",")}
}

// warned are the codes of the warnings that count.
func warned(r doctor.Report) []cause.Code {
	var codes []cause.Code
	for _, o := range r.Outcomes {
		for _, f := range o.Findings {
			if f.Status == doctor.Warn && f.Acknowledged == nil {
				codes = append(codes, cmp.Or(f.Code(), o.Code))
			}
		}
	}
	return codes
}

func (v verdict) reason() string {
	switch v.outcome {
	case doctor.Healthy:
		return ReasonHealthy
	case doctor.Undecided:
		return ReasonUndecided
	}
	return ReasonFailures
}

// String says it in a sentence.
func (v verdict) String() string {
	codes := strings.ReplaceAll(v.codes, ",", ", ")
	switch {
	case v.outcome == doctor.Healthy:
		return "nothing is wrong"
	case v.outcome == doctor.Undecided && codes == "":
		return "not everything could be found out"
	case v.outcome == doctor.Undecided:
		return "not everything could be found out, because of " + codes
	case codes == "":
		return "something is wrong"
	}
	return "something is wrong, with the root causes " + codes
}

// maxNote is the most bytes that the API server takes for an Event's note.
const maxNote = 1024

// note is the Event's: what is so now, and what was so before.
func (v verdict) note(before verdict) string {
	note := "The doctor says: " + v.String() + "."
	if v.outcome != doctor.Healthy {
		note += " Its report is in the log of its last pod; kubectl eso-infisical explain CODE says what a code means."
	}
	if before.outcome != "" {
		note += " Before that: " + before.String() + "."
	}
	if len(note) > maxNote {
		const cut = " (cut)"
		note = note[:maxNote-len(cut)] + cut
	}
	return note
}
