package explain

import (
	"fmt"
	"io"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
)

// Kinds of the documents: one code, or several.
const (
	kindOne  = "Explanation"
	kindMany = "ExplanationList"
)

type document struct {
	output.Header
	*explanation
	Items []explanation `json:"items,omitempty"`
}

type explanation struct {
	Code     cause.Code         `json:"code"`
	Layer    string             `json:"layer"`
	Title    string             `json:"title"`
	Severity catalogue.Severity `json:"severity"`
	Why      string             `json:"why"`
	Fix      string             `json:"fix"`
	Command  string             `json:"command,omitempty"`
	After    []cause.Code       `json:"followsFrom,omitempty"`
	Links    []string           `json:"links,omitempty"`
}

func newDocument(entries []catalogue.Entry, many bool) *document {
	items := make([]explanation, len(entries))
	for i, e := range entries {
		items[i] = explanation{e.Code, catalogue.LayerName(e.Layer()), e.Title, e.Severity, e.Why, e.Fix, e.Command, e.After, e.Links}
	}
	if many {
		return &document{Header: output.NewHeader(kindMany), Items: items}
	}
	return &document{Header: output.NewHeader(kindOne), explanation: &items[0]}
}

func writeList(w io.Writer, entries []catalogue.Entry) error {
	var b strings.Builder
	layer := 0
	for _, e := range entries {
		if e.Layer() != layer {
			if layer != 0 {
				b.WriteString("\n")
			}
			layer = e.Layer()
			fmt.Fprintf(&b, "%dxx %s\n", layer, catalogue.LayerName(layer))
		}
		fmt.Fprintf(&b, "  %s  %s%s\n", e.Code, e.Title, warningOnly(e))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func warningOnly(e catalogue.Entry) string {
	if e.Severity == catalogue.Warning {
		return " (warning)"
	}
	return ""
}

func writeEntry(w io.Writer, e catalogue.Entry) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n%s, %s if it does not hold\n\n", e.Code, e.Title, catalogue.LayerName(e.Layer()), e.Severity)
	paragraph := func(label, text string) {
		for i, line := range wrap(text, 100) {
			if i > 0 {
				label = ""
			}
			fmt.Fprintf(&b, "%-6s %s\n", label, line)
		}
	}
	paragraph("why:", e.Why)
	paragraph("fix:", e.Fix)
	if e.Command != "" {
		fmt.Fprintf(&b, "run:   %s\n", e.Command)
	}
	for i, code := range e.After {
		before, _ := catalogue.Find(code)
		label := ""
		if i == 0 {
			label = "after:"
		}
		fmt.Fprintf(&b, "%-6s %s %s\n", label, code, before.Title)
	}
	for i, link := range e.Links {
		label := ""
		if i == 0 {
			label = "more:"
		}
		fmt.Fprintf(&b, "%-6s %s\n", label, link)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap breaks text at blanks into lines of about that many characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
