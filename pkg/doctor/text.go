package doctor

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.Findings {
		if f.Status == Skip {
			continue
		}
		fmt.Fprintf(&b, "%-7s %s  %s\n", strings.ToUpper(string(f.Status)), f.Code, f.Title)
		line := func(label, text string) {
			if text != "" {
				fmt.Fprintf(&b, "        %-7s %s\n", label, text)
			}
		}
		if f.Status == Fail {
			line("cause:", fmt.Sprintf("%s (%s)", f.Cause.Summary, f.Cause.Code))
			line("fix:", f.Cause.Fix)
		}
		line("detail:", f.Detail)
	}
	r.writeSkipped(&b)
	fmt.Fprintf(&b, "\n%d passed, %d failed, %d unknown, %d skipped\n", r.Count(Pass), r.Count(Fail), r.Count(Unknown), r.Count(Skip))
	_, err := io.WriteString(w, b.String())
	return err
}

// writeSkipped sums up what says nothing new: checks that could not be made because an earlier one did not pass.
func (r Report) writeSkipped(b *strings.Builder) {
	var codes []string
	for _, f := range r.Findings {
		if f.Status == Skip {
			codes = append(codes, f.Code+" ("+f.Detail+")")
		}
	}
	if len(codes) > 0 {
		fmt.Fprintf(b, "SKIP    %s\n", strings.Join(codes, ", "))
	}
}
