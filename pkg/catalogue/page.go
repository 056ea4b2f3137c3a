package catalogue

import (
	"fmt"
	"regexp"
	"strings"
)

//go:generate go test -run ^TestPagesAreUpToDate$ . -update

const generated = "<!-- Generated from pkg/catalogue by go generate ./pkg/catalogue; change it there. -->\n"

// Page is the entry as a page of the documentation, in Markdown.
func (e Entry) Page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n# %s: %s\n\n", generated, e.Code, e.Title)
	fmt.Fprintf(&b, "Layer %d, %s · %s if it does not hold\n\n## Why it matters\n\n%s\n\n## How to mend it\n\n%s\n", e.Layer(), LayerName(e.Layer()), e.Severity, e.Why, e.Fix)
	if e.Command != "" {
		fmt.Fprintf(&b, "\n```\n%s\n```\n", e.Command)
	}
	if HasPlaceholder(e.Command) {
		b.WriteString("\nWhat is in capitals is to be filled in.\n")
	}
	if len(e.After) > 0 {
		b.WriteString("\n## Often follows from\n\n")
		for _, code := range e.After {
			before, _ := Find(code)
			fmt.Fprintf(&b, "- [%s](%s.md): %s\n", code, code, before.Title)
		}
	}
	if len(e.Links) > 0 {
		b.WriteString("\n## More\n\n")
		for _, link := range e.Links {
			fmt.Fprintf(&b, "- <%s>\n", link)
		}
	}
	return b.String()
}

// Index is the page that leads to all others.
func Index() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n# Codes\n\nEvery finding of the doctor and every failure with a known cause has a code, which always means the same. `kubectl eso-infisical explain CODE` shows\nthese pages without a network. The hundreds are the layer.\n", generated)
	layer := 0
	for _, e := range All() {
		if e.Layer() != layer {
			layer = e.Layer()
			fmt.Fprintf(&b, "\n## %dxx: %s\n\n| code | expected | if not |\n|---|---|---|\n", layer, LayerName(layer))
		}
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", e.Code, e.Code, e.Title, e.Severity)
	}
	return b.String()
}

var placeholder = regexp.MustCompile(`\b[A-Z]{3,}\b`)

// HasPlaceholder reports whether the command has something in capitals that is to be filled in.
func HasPlaceholder(command string) bool { return placeholder.MatchString(command) }
