package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// TextOptions say how much the text tells.
type TextOptions struct {
	// All shows what passed, too; Evidence what each finding was made from.
	All, Evidence bool
	Style         prose.Style
}

// Text writes the report for people: what is wrong, what follows from that, what could not be found out, and a line that sums it up.
func (d Document) Text(w io.Writer, o TextOptions) error {
	t := &text{TextOptions: o}
	t.failures(d)
	for _, c := range d.Problems(doctor.Warn) {
		t.entry(c)
	}
	t.unknown(d.Problems(doctor.Unknown))
	if o.All {
		for _, c := range d.Problems(doctor.Pass) {
			t.head(c)
			t.evidence(c)
		}
	}
	t.skipped(d.Problems(doctor.Skip))
	t.acknowledged(d)
	if d.Changes != nil {
		t.changes(*d.Changes)
	}
	if t.Len() > 0 {
		t.WriteString("\n")
	}
	t.sum(d)
	_, err := io.WriteString(w, t.String())
	return err
}

type text struct {
	strings.Builder
	TextOptions
	// gap means that an empty line is due.
	gap bool
}

// failures tells each root cause once, with what to do, and what follows from them in a line each.
func (t *text) failures(d Document) {
	told := map[cause.Code]bool{}
	var rest []Check
	for _, c := range d.Problems(doctor.Fail) {
		same := c.Cause.Code + cause.Code(c.Object)
		switch {
		case c.RootCause && (!told[c.Cause.Code] || c.Code == c.Cause.Code && !told[same]):
			told[c.Cause.Code], told[same] = true, true
			t.entry(c)
		default:
			rest = append(rest, c)
		}
	}
	for i, c := range rest {
		if i == 0 {
			t.WriteString("\nWhat follows from it:\n")
		}
		t.headed(prose.Plain, "fail", c)
		t.line("cause:", fmt.Sprintf("%s (%s)", c.Cause.Summary, c.Cause.Code))
		if c.Detail != "" && t.Evidence {
			t.line("detail:", c.Detail)
		}
		t.evidence(c)
	}
	t.gap = len(rest) > 0
}

// paragraph separates what follows from the failures before it.
func (t *text) paragraph() {
	if t.gap {
		t.WriteString("\n")
	}
	t.gap = false
}

func (t *text) entry(c Check) {
	t.head(c)
	if c.Cause != nil {
		t.line("cause:", fmt.Sprintf("%s (%s)", c.Cause.Summary, c.Cause.Code))
	}
	if c.Fix != nil {
		t.line("fix:", c.Fix.Text)
		t.line(commandLabel, c.Fix.extra())
	}
	t.line("detail:", c.Detail)
	if c.Count > 1 {
		t.line("also:", others(c))
	}
	t.evidence(c)
}

func (t *text) head(c Check) {
	t.paragraph()
	t.headed(tones[c.Status], strings.ToUpper(string(c.Status)), c)
}

func (t *text) evidence(c Check) {
	if !t.Evidence {
		return
	}
	for _, e := range c.Evidence {
		line := fmt.Sprintf("%s %s = %q", e.Object, e.Field, e.Value)
		if e.ResourceVersion != "" {
			line += ", resourceVersion " + e.ResourceVersion
		}
		if e.Time != nil {
			line += ", " + e.Time.Format("2006-01-02T15:04:05Z")
		}
		t.line("seen:", line)
	}
}

// about is what the finding is about, as the end of its first line.
func about(c Check) string {
	switch {
	case c.Count > 1:
		return ": " + plural(c.Count, strings.Fields(c.Object)[0])
	case c.Object != "" && c.Found != "":
		return fmt.Sprintf(": %s (%s)", c.Object, c.Found)
	case c.Object != "":
		return ": " + c.Object
	case c.Found != "":
		return ": " + c.Found
	}
	return ""
}

// shown is how many objects of a group the text names.
const shown = 5

func others(c Check) string {
	names := c.Objects[:min(shown, len(c.Objects))]
	line := strings.Join(names, ", ")
	if more := c.Count - len(names); more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	return line
}

// unknown groups by the reason: one missing right leaves many checks without an answer.
func (t *text) unknown(checks []Check) {
	by := map[string][]Check{}
	var reasons []string
	for _, c := range checks {
		if c.Cause != nil {
			t.entry(c)
			continue
		}
		if len(by[c.Detail]) == 0 {
			reasons = append(reasons, c.Detail)
		}
		by[c.Detail] = append(by[c.Detail], c)
	}
	for _, reason := range reasons {
		first := by[reason][0]
		t.head(first)
		t.line("detail:", reason)
		var more []string
		for _, c := range by[reason][1:] {
			more = append(more, string(c.Code))
		}
		t.line("same:", strings.Join(unique(more), ", "))
	}
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if len(out) == 0 || out[len(out)-1] != s {
			out = append(out, s)
		}
	}
	return out
}

// skipped sums up what says nothing new.
func (t *text) skipped(checks []Check) {
	by := map[cause.Code][]string{}
	var blockers []cause.Code
	for _, c := range checks {
		if len(by[c.BlockedBy]) == 0 {
			blockers = append(blockers, c.BlockedBy)
		}
		by[c.BlockedBy] = append(by[c.BlockedBy], string(c.Code))
	}
	for _, b := range blockers {
		list := strings.Join(by[b], ", ")
		if len(by[b]) > shown && !t.All {
			list = fmt.Sprintf("%d checks", len(by[b]))
		}
		t.paragraph()
		t.word(prose.Faint, "SKIP")
		t.WriteString(t.Style.Wrap(t.margin(), list) + "\n")
		t.line("needs:", string(b))
	}
}

func (t *text) acknowledged(d Document) {
	for _, c := range d.Checks {
		if c.Acknowledged != nil {
			t.paragraph()
			t.headed(prose.Faint, "known", c)
			t.line("until:", c.Acknowledged.Expires+": "+c.Acknowledged.Reason)
		}
	}
}

func (t *text) changes(changes []Change) {
	t.WriteString("\nSince the earlier report:\n")
	t.listChanges(changes)
}

func (t *text) listChanges(changes []Change) {
	if len(changes) == 0 {
		t.WriteString("  nothing has changed\n")
	}
	for _, c := range changes {
		t.WriteString("  " + t.Style.Wrap(4, c.String()) + "\n")
	}
}

func (t *text) sum(d Document) {
	s := d.Summary
	switch {
	case s.Failed+s.Unknown > 0:
	case s.Warnings > 0:
		t.say(prose.Warning, "Nothing is broken:", fmt.Sprintf("cluster %s, namespace %s.", d.Cluster, d.Namespace))
	default:
		t.say(prose.Good, "All is well:", fmt.Sprintf("cluster %s, namespace %s.", d.Cluster, d.Namespace))
	}
	if len(d.RootCauses) > 0 {
		roots := list(d.RootCauses)
		t.say(prose.Bad, "Root cause:", fmt.Sprintf("%s. More: kubectl eso-infisical explain %s", roots, strings.ReplaceAll(roots, ",", "")))
	}
	counts := fmt.Sprintf("%d passed, %s, %d failed, %d unknown, %d skipped", s.Passed, plural(s.Warnings, "warning"), s.Failed, s.Unknown, s.Skipped)
	if s.Acknowledged > 0 {
		counts += fmt.Sprintf(", %d acknowledged", s.Acknowledged)
	}
	t.say(prose.Plain, "", fmt.Sprintf("%s (%d ms)", counts, d.DurationMs))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
