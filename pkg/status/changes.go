package status

import (
	"fmt"
	"strings"
)

// fact is something that a report says and that does not change by time alone.
type fact struct{ subject, text string }

// Changes says what is different from the report before, one line each.
func (r *Report) Changes(before *Report) []string {
	was := map[string]string{}
	for _, f := range before.facts() {
		was[f.subject] = f.text
	}
	var lines []string
	for _, f := range r.facts() {
		old, known := was[f.subject]
		delete(was, f.subject)
		switch {
		case !known:
			lines = append(lines, f.subject+": "+f.text)
		case old != f.text:
			lines = append(lines, fmt.Sprintf("%s: %s (before: %s)", f.subject, f.text, old))
		}
	}
	for _, f := range before.facts() {
		if _, gone := was[f.subject]; gone {
			lines = append(lines, f.subject+": no more (before: "+f.text+")")
		}
	}
	return lines
}

func (r *Report) facts() []fact {
	var facts []fact
	add := func(subject, format string, args ...any) {
		facts = append(facts, fact{subject, fmt.Sprintf(format, args...)})
	}
	if r.Operator.Version != "" {
		add("External Secrets Operator", "%s", r.Operator.Version)
	}
	if rel := r.Operator.Release; rel != nil {
		add("release "+rel.Name, "%s, revision %d", rel.Status, rel.Revision)
	}
	for _, d := range r.Operator.Deployments {
		add("Deployment "+d.Name, "%d of %d pods ready", d.Ready, d.Wanted)
	}
	if w := r.Operator.Webhook; w != nil {
		add("webhook", "%s ready", plural(w.ReadyEndpoints, "endpoint"))
	}
	for _, s := range r.Stores {
		add(s.Title(), "%s", s.state())
	}
	for _, s := range r.Stores {
		if t := s.ExternalSecrets; t != nil {
			add("ExternalSecrets of "+s.Title(), "%s", t.text(s.Causes))
		}
	}
	for _, g := range r.Unknown {
		add("not looked at: "+g.What, "%s", g.Why)
	}
	add("verdict", "%s", r.Verdict)
	return facts
}

// state is how a store is, in a few words.
func (s *Store) state() string {
	var words []string
	for _, p := range s.Problems {
		words = append(words, fmt.Sprintf("%s (%s)", p.Summary, p.Code))
	}
	switch {
	case len(words) > 0:
	case s.Ready == "True":
		words = []string{"ready"}
	case s.Host == "":
		words = []string{"unknown"}
	default:
		words = []string{"no verdict yet"}
	}
	if s.Stale {
		words = append(words, "an old verdict")
	}
	return strings.Join(words, "; ")
}

func (t *Tally) text(causes []Group) string {
	text := fmt.Sprintf("%d, %d ready, %d failing, %d overdue", t.Total, t.Ready, t.Failing, t.Overdue)
	if t.Waiting > 0 {
		text += fmt.Sprintf(", %d waiting", t.Waiting)
	}
	for _, g := range causes {
		text += fmt.Sprintf(", %s ×%d", g.Code, g.Count)
	}
	return text
}
