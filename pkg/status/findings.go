package status

import (
	"fmt"
	"slices"
	"strings"
)

// writeProblems writes what is wrong, each with what to do.
func (r *Report) writeProblems(b *strings.Builder, style Style) {
	for _, p := range slices.Concat(r.Operator.Problems, r.Problems) {
		p.write(b, "")
	}
	for _, s := range r.Stores {
		for _, p := range s.Problems {
			p.write(b, s.Title()+": ")
		}
	}
	for _, s := range r.Stores {
		for _, g := range s.Causes {
			g.write(b, s, style)
		}
	}
	if style.FailingOnly {
		for _, f := range r.Failures {
			fmt.Fprintf(b, "\n%s/%s of %s\n  %s  %s\n", f.Namespace, f.Name, f.Store, f.Code, f.Summary)
			line(b, "detail:", f.Detail)
		}
	}
	r.writeNotes(b)
}

func (p Problem) write(b *strings.Builder, about string) {
	fmt.Fprintf(b, "\n%s  %s%s\n", p.Code, about, p.Summary)
	line(b, "fix:", p.Fix)
	line(b, "detail:", p.Detail)
}

// line writes a labelled line of a problem, if there is anything to write.
func line(b *strings.Builder, label, text string) {
	if text != "" {
		fmt.Fprintf(b, "       %-7s %s\n", label, text)
	}
}

func (g Group) write(b *strings.Builder, s *Store, style Style) {
	fmt.Fprintf(b, "\n%s  %s of %s: %s\n", g.Code, plural(g.Count, "ExternalSecret"), s.Title(), g.Summary)
	line(b, "fix:", g.Fix)
	if style.Wide {
		line(b, "detail:", g.Detail)
	}
	if style.FailingOnly {
		return // each is named below
	}
	examples := strings.Join(g.Examples, ", ")
	if more := g.Count - len(g.Examples); more > 0 {
		examples += fmt.Sprintf(" and %d more (--failing names all)", more)
	}
	line(b, "these:", examples)
}

// writeNotes writes what is worth knowing, but not wrong.
func (r *Report) writeNotes(b *strings.Builder) {
	for _, s := range r.Stores {
		if s.Stale {
			fmt.Fprintf(b, "\nnote: ESO's verdict on %s is %s old, and nothing has renewed it; whether it still holds is not known\n", s.Title(), age(s.LastChecked, r.At))
		}
		if s.CA != nil && s.CA.Soon {
			fmt.Fprintf(b, "\nnote: a CA certificate of %s, from %s, expires in %s\n", s.Title(), s.CA.From, s.CA.text(r.At))
		}
	}
	if o := r.Others; o != nil && o.Stores+o.ExternalSecrets > 0 {
		fmt.Fprintf(b, "\nnote: not judged here: %s of other providers, and %s that use no store for Infisical\n",
			plural(o.Stores, "store"), plural(o.ExternalSecrets, "ExternalSecret"))
	}
}

// writeGaps writes what could not be looked at; what shares its reason shares a line.
func (r *Report) writeGaps(b *strings.Builder) {
	var reasons []string
	by := map[string][]string{}
	for _, g := range r.Unknown {
		if by[g.Why] == nil {
			reasons = append(reasons, g.Why)
		}
		by[g.Why] = append(by[g.Why], g.What)
	}
	for _, why := range reasons {
		fmt.Fprintf(b, "\nUNKNOWN  %s\n", strings.Join(by[why], ", "))
		line(b, "why:", why)
	}
	if len(r.Namespaces) == 0 && strings.Contains(strings.Join(reasons, ""), "at the cluster scope") {
		fmt.Fprintln(b, "\nfix: ask for the rights that are missing, or name the namespaces that you may look into: --in NAMESPACE")
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
	stores := 0
	for _, s := range r.Stores {
		if len(s.Problems) > 0 {
			stores++
		}
	}
	if len(r.Operator.Problems) > 0 {
		parts = append(parts, plural(len(r.Operator.Problems), "problem")+" of ESO itself")
	}
	for _, p := range r.Problems {
		parts = append(parts, p.Summary)
	}
	add(stores, when(stores == 1, "store is not well")+when(stores != 1, "stores are not well"))
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
