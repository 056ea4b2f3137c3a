package render

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

//go:embed page.html fleet.html
var pageFiles embed.FS

// Measures of the drawing, in its own units.
const (
	nodeWidth, nodeHeight, nodeGap = 126, 64, 18
	margin                         = 8
)

// node is a link of the chain as it is drawn.
type node struct {
	link
	X, Y, Width, Height, Middle int
	Sign                        string
	Line                        string
	// From is where the line from the node before begins; the first has none.
	From int
	// Cut means that the way is broken here.
	Cut bool
}

var states = []state{broken, affected, warned, unknown, skipped, sound}

// signs are shown beside colours, which not everybody can tell apart.
var signs = map[state]string{broken: "✕", affected: "!", warned: "▲", unknown: "?", skipped: "–", sound: "✓"}

var words = map[state]string{broken: "broken", affected: "affected", warned: "warning", unknown: "unknown", skipped: "not looked at", sound: "all well"}

func drawn(links []link) []node {
	nodes := make([]node, len(links))
	for i, l := range links {
		x := margin + i*(nodeWidth+nodeGap)
		nodes[i] = node{link: l, X: x, Y: margin, Width: nodeWidth, Height: nodeHeight, Middle: x + nodeWidth/2, Sign: signs[l.State], Line: words[l.State], Cut: l.State == broken}
		if len(l.Codes) > 0 {
			nodes[i].Line = string(l.Codes[0])
			if len(l.Codes) > 1 {
				nodes[i].Line += fmt.Sprintf(" +%d", len(l.Codes)-1)
			}
		}
		if i > 0 {
			nodes[i].From = x - nodeGap
		}
	}
	return nodes
}

// section is a part of the page.
type section struct {
	Title  string
	Checks []Check
}

type page struct {
	Document
	Headline      string
	Nodes         []node
	Width, Height int
	Description   string
	Sections      []section
	Layers        []section
	Known         []Check
	States        []state
	// Number tells the reports of one page apart.
	Number int
}

// HTML writes one page that needs nothing beside itself, to be attached to a ticket.
func (d Document) HTML(w io.Writer) error {
	return writePage(w, "page.html", d.page())
}

func writePage(w io.Writer, name string, content any) error {
	t, err := template.New(name).Funcs(pageFuncs).ParseFS(pageFiles, "*.html")
	if err != nil {
		return fmt.Errorf("prepare the page: %w", err)
	}
	return t.Execute(w, content)
}

func (d Document) page() page {
	links := d.chain()
	p := page{Document: d, Headline: headline(d), Nodes: drawn(links), Width: 2*margin + len(links)*(nodeWidth+nodeGap) - nodeGap, Height: 2*margin + nodeHeight,
		States: states}
	var described []string
	for _, l := range links {
		described = append(described, l.Name+": "+words[l.State])
	}
	p.Description = strings.Join(described, ", ")
	for _, s := range []section{{"Root causes", d.failures(true)}, {"What follows from them", d.failures(false)}, {"Warnings", d.Problems(doctor.Warn)},
		{"Not found out", d.Problems(doctor.Unknown)}} {
		if len(s.Checks) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	for _, c := range d.Checks {
		if c.Acknowledged != nil {
			p.Known = append(p.Known, c)
		}
	}
	p.Layers = d.layers()
	return p
}

func (d Document) failures(roots bool) []Check {
	return slices.DeleteFunc(d.Problems(doctor.Fail), func(c Check) bool { return c.RootCause != roots })
}

// layers are all findings, by layer.
func (d Document) layers() []section {
	var found []section
	for layer := 1; catalogue.LayerName(layer) != ""; layer++ {
		s := section{Title: catalogue.LayerName(layer)}
		for _, c := range d.Checks {
			if catalogue.LayerOf(c.Code) == layer {
				s.Checks = append(s.Checks, c)
			}
		}
		if len(s.Checks) > 0 {
			found = append(found, s)
		}
	}
	return found
}

var pageFuncs = template.FuncMap{
	"about":  func(c Check) string { return strings.TrimPrefix(about(c), ": ") },
	"others": others,
	"mark":   mark,
	"cross":  cross,
	"sign":   func(s state) string { return signs[s] },
}

// mark is the state that a finding is coloured by.
func mark(c Check) state {
	switch {
	case c.Acknowledged != nil, c.Status == doctor.Skip:
		return skipped
	case c.RootCause:
		return broken
	case c.Status == doctor.Fail:
		return affected
	}
	return stateOf(c.Status)
}

// stateOf is the state that goes with an outcome by itself.
func stateOf(status doctor.Status) state {
	switch status {
	case doctor.Skip, "":
		return skipped
	case doctor.Fail:
		return broken
	case doctor.Warn:
		return warned
	case doctor.Unknown:
		return unknown
	}
	return sound
}

// cross is the mark on a broken way that begins there.
func cross(from int) string {
	x, y := from+nodeGap/2, margin+nodeHeight/2
	return fmt.Sprintf("M%d %dL%d %dM%d %dL%d %d", x-5, y-5, x+5, y+5, x-5, y+5, x+5, y-5)
}
