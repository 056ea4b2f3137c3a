package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// Markdown writes the report for an issue or a chat.
func (d Document) Markdown(w io.Writer) error {
	var b strings.Builder
	s := d.Summary
	fmt.Fprintf(&b, "# Doctor: %s\n\n", headline(d))
	fmt.Fprintf(&b, "Cluster `%s`, namespace `%s`, %s. %d passed, %s, %d failed, %d unknown, %d skipped.\n", d.Cluster, d.Namespace,
		d.Time.Format("2006-01-02 15:04:05 UTC"), s.Passed, plural(s.Warnings, "warning"), s.Failed, s.Unknown, s.Skipped)
	for _, section := range []struct {
		title  string
		status doctor.Status
	}{{"What is wrong", doctor.Fail}, {"Warnings", doctor.Warn}, {"Not found out", doctor.Unknown}} {
		checks := d.Problems(section.status)
		if len(checks) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n", section.title)
		for _, c := range checks {
			writeMarkdown(&b, c)
		}
	}
	b.WriteString("\n## All checks\n\n| check | status | expected | object |\n|---|---|---|---|\n")
	for _, c := range d.Checks {
		status := string(c.Status)
		if c.Acknowledged != nil {
			status += ", acknowledged"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Code, status, cell(c.Title), cell(strings.TrimPrefix(about(c), ": ")))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeMarkdown(b *strings.Builder, c Check) {
	root := ""
	if c.RootCause {
		root = " (root cause)"
	}
	fmt.Fprintf(b, "\n### %s: %s%s\n\n", c.Code, cell(c.Title+about(c)), root)
	if c.Cause != nil {
		fmt.Fprintf(b, "**Cause:** %s (%s)\n\n**Fix:** %s\n", cell(c.Cause.Summary), c.Cause.Code, cell(c.Fix.Text))
		if c.Fix.Command != "" {
			fmt.Fprintf(b, "\n```\n%s\n```\n", c.Fix.Command)
		}
	}
	if c.Detail != "" {
		fmt.Fprintf(b, "\n```\n%s\n```\n", strings.ReplaceAll(c.Detail, "```", "'''"))
	}
}

// cell keeps text within its cell or paragraph.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "`", "'").Replace(text)
}

// headline is the verdict in a few words.
func headline(d Document) string {
	switch {
	case d.Summary.Failed > 0:
		return fmt.Sprintf("%s found", plural(len(d.RootCauses), "root cause"))
	case d.Summary.Unknown > 0:
		return "not everything could be found out"
	case d.Summary.Warnings > 0:
		return "all works, with " + plural(d.Summary.Warnings, "warning")
	}
	return "all is well"
}
