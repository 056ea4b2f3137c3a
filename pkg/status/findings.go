package status

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// writeProblems writes what is wrong, each with what to do. Of stores that the tables leave out, nothing is said here either.
func (r *Report) writeProblems(b *strings.Builder, style Style) {
	for _, p := range slices.Concat(r.Operator.Problems, r.Problems) {
		p.write(b, style, "")
	}
	stores, _ := style.cut(r.Stores)
	for _, s := range stores {
		for _, p := range s.Problems {
			// A store that does not exist shows in what refers to it.
			if !slices.ContainsFunc(s.Causes, func(g Group) bool { return g.Code == p.Code }) {
				p.write(b, style, s.Title()+": ")
			}
		}
	}
	for _, s := range stores {
		for _, g := range s.Causes {
			g.write(b, s, style)
		}
	}
	if style.FailingOnly && len(r.Failures) > 0 {
		r.writeFailures(b, style)
	}
	r.writeNotes(b, style)
}

// writeFailures writes a line for each ExternalSecret that fails.
func (r *Report) writeFailures(b *strings.Builder, style Style) {
	header := []string{"EXTERNALSECRET", "STORE", "CODE", "CAUSE"}
	if style.Wide {
		header = append(header, "DETAIL")
	}
	table(b, style, header, r.Failures, func(Failure) prose.Tone { return prose.Plain }, func(f Failure) []string {
		row := []string{f.Namespace + "/" + f.Name, f.Store, string(f.Code), f.Summary}
		if style.Wide {
			row = append(row, dash(strings.Join(strings.Fields(f.Detail), " ")))
		}
		return row
	})
}

func (p Problem) write(b *strings.Builder, style Style, about string) {
	style.head(b, prose.Bad, string(p.Code), about+p.Summary)
	style.line(b, "fix:", p.Fix)
	style.line(b, "detail:", p.Detail)
}

// line writes a labelled line of a problem, if there is anything to write.
func (s Style) line(b *strings.Builder, label, text string) {
	if text != "" {
		fmt.Fprintf(b, "       %s%s\n", s.Prose.Pad(prose.Faint, label, 8), s.Prose.Wrap(15, text))
	}
}

// head begins a paragraph.
func (s Style) head(b *strings.Builder, tone prose.Tone, word, text string) {
	fmt.Fprintf(b, "\n%s  %s\n", s.Prose.Marked(tone, word), s.Prose.Wrap(len(word)+2, text))
}

func (g Group) write(b *strings.Builder, s *Store, style Style) {
	style.head(b, prose.Bad, string(g.Code), fmt.Sprintf("%s of %s: %s", plural(g.Count, "ExternalSecret"), s.Title(), g.Summary))
	style.line(b, "fix:", g.Fix)
	if style.Wide {
		style.line(b, "detail:", g.Detail)
	}
	if style.FailingOnly {
		return // each is named below
	}
	examples := strings.Join(g.Examples, ", ")
	if more := g.Count - len(g.Examples); more > 0 {
		examples += fmt.Sprintf(" and %d more (--failing names all)", more)
	}
	style.line(b, "these:", examples)
}

// writeNotes writes what is worth knowing, but not wrong.
func (r *Report) writeNotes(b *strings.Builder, style Style) {
	var stale, soon, from []string
	for _, s := range r.Stores {
		if s.Stale {
			stale = append(stale, s.Title())
		}
		if s.CA != nil && s.CA.Soon && !slices.Contains(from, s.CA.From) {
			from = append(from, s.CA.From)
			soon = append(soon, "the CA certificate in "+s.CA.From+", which "+s.Title()+" trusts, expires on "+s.CA.text(r.At))
		}
	}
	var notes []string
	if len(stale) > 0 {
		notes = append(notes, "ESO has not renewed its verdict on "+some(stale)+", so whether it still holds is not known")
	}
	notes = append(notes, soon...)
	if o := r.Others; o != nil && o.Stores+o.ExternalSecrets > 0 {
		notes = append(notes, fmt.Sprintf("not judged here: %s of other providers, and %s that use no store for Infisical",
			plural(o.Stores, "store"), plural(o.ExternalSecrets, "ExternalSecret")))
	}
	if len(notes) > 0 {
		fmt.Fprintln(b)
	}
	for _, note := range notes {
		fmt.Fprintln(b, "note: "+style.Prose.Wrap(6, note))
	}
}

// some names the first of many.
func some(names []string) string {
	if len(names) > exampleCount+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:exampleCount], ", "), len(names)-exampleCount)
	}
	return strings.Join(names, ", ")
}

// writeGaps writes what could not be looked at; what shares its reason shares a line.
func (r *Report) writeGaps(b *strings.Builder, style Style) {
	var reasons []string
	by := map[string][]string{}
	for _, g := range r.Unknown {
		if by[g.Why] == nil {
			reasons = append(reasons, g.Why)
		}
		by[g.Why] = append(by[g.Why], g.What)
	}
	for _, why := range reasons {
		style.head(b, prose.Doubt, "UNKNOWN", strings.Join(by[why], ", "))
		style.line(b, "why:", why)
	}
	if len(r.Namespaces) == 0 && strings.Contains(strings.Join(reasons, ""), "at the cluster scope") {
		fmt.Fprintln(b, "\nfix: "+style.Prose.Wrap(5, "ask for the rights that are missing, or name the namespaces that you may look into: --in NAMESPACE"))
	}
}

// Summary is the report in one line.
func (r *Report) Summary() string {
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, text))
		}
	}
	stores, old := 0, 0
	for _, s := range r.Stores {
		if len(s.Problems) > 0 {
			stores++
		}
		if s.Stale {
			old++
		}
	}
	if len(r.Operator.Problems) > 0 {
		parts = append(parts, plural(len(r.Operator.Problems), "problem")+" of ESO itself")
	}
	for _, p := range r.Problems {
		parts = append(parts, p.Summary)
	}
	add(stores, when(stores == 1, "store is not well")+when(stores != 1, "stores are not well"))
	add(old, when(old == 1, "store with a verdict that is old")+when(old != 1, "stores with verdicts that are old"))
	if t := r.ExternalSecrets; t != nil {
		add(t.Failing, fmt.Sprintf("of %s failing", plural(t.Total, "ExternalSecret")))
		add(t.Overdue, "overdue")
	}
	add(len(r.Unknown), "not looked at")
	if len(parts) > 0 {
		return string(r.Verdict) + ": " + strings.Join(parts, ", ")
	}
	return fmt.Sprintf("all is well: %s, %s", plural(len(r.Stores), "store"), plural(r.ExternalSecrets.Total, "ExternalSecret"))
}
