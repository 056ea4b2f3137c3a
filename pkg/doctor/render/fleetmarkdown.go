package render

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the matrix as a table, and each cause once with the clusters that have it.
func (f Fleet) Markdown(w io.Writer) error {
	var b strings.Builder
	s := f.Summary
	fmt.Fprintf(&b, "# Doctor: %s\n\n", f.headline())
	fmt.Fprintf(&b, "%s, %s: %d healthy, %d with findings, %d unknown.\n\n", f.Time.Format("2006-01-02 15:04:05 UTC"), plural(s.Clusters, "cluster"), s.Healthy, s.Findings, s.Unknown)
	b.WriteString("| context | cluster | verdict |\n|---|---|---|\n")
	for _, d := range f.Clusters {
		_, verdict := verdictOf(d)
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(d.Context), cell(d.Cluster), cell(verdict))
	}
	f.markdownMatrix(&b)
	for _, g := range f.groups() {
		writeMarkdownGroup(&b, g)
	}
	for _, d := range f.Clusters {
		if d.Changes == nil {
			continue
		}
		fmt.Fprintf(&b, "\n## Since the earlier report, in %s\n\n", cell(d.Context))
		writeMarkdownChanges(&b, *d.Changes)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f Fleet) markdownMatrix(b *strings.Builder) {
	rows := f.matrix(false)
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n## What is wrong where\n\n| check | expected |")
	for _, d := range f.Clusters {
		fmt.Fprintf(b, " %s |", cell(d.Context))
	}
	fmt.Fprintf(b, "\n|---|---|%s\n", strings.Repeat("---|", len(f.Clusters)))
	for _, r := range rows {
		fmt.Fprintf(b, "| %s | %s |", r.Code, cell(r.Title))
		for _, s := range r.Spots {
			word := s.Word()
			if s.Cause != "" {
				word += " " + string(s.Cause)
			}
			fmt.Fprintf(b, " %s |", word)
		}
		b.WriteString("\n")
	}
}

func writeMarkdownGroup(b *strings.Builder, g group) {
	c := g.first
	if c.Cause != nil {
		fmt.Fprintf(b, "\n### %s: %s (%s)\n", c.Cause.Code, cell(c.Cause.Summary), c.Status)
	} else {
		fmt.Fprintf(b, "\n### %s: %s (%s)\n", list(g.codes), cell(c.Detail), c.Status)
	}
	fmt.Fprintf(b, "\n**In:** %s\n", cell(strings.Join(g.contexts, ", ")))
	if objects := few(g.objects); objects != "" {
		fmt.Fprintf(b, "\n**Object:** %s\n", cell(objects))
	}
	if c.Fix == nil {
		return
	}
	fmt.Fprintf(b, "\n**Fix:** %s\n", cell(c.Fix.Text))
	if c.Fix.Command != "" {
		fmt.Fprintf(b, "\n```\n%s\n```\n", c.Fix.Command)
	}
}

func writeMarkdownChanges(b *strings.Builder, changes []Change) {
	if len(changes) == 0 {
		b.WriteString("Nothing has changed.\n")
	}
	for _, c := range changes {
		fmt.Fprintf(b, "- %s\n", cell(c.String()))
	}
}

// headline is the verdict in a few words.
func (f Fleet) headline() string {
	s := f.Summary
	switch {
	case s.Findings > 0:
		return fmt.Sprintf("something is wrong in %d of %s", s.Findings, plural(s.Clusters, "cluster"))
	case s.Unknown > 0:
		return fmt.Sprintf("not everything could be found out in %d of %s", s.Unknown, plural(s.Clusters, "cluster"))
	}
	return "all is well in " + plural(s.Clusters, "cluster")
}
