package render

import (
	"io"
	"strings"
)

// fleetPage is the page for several clusters.
type fleetPage struct {
	Fleet
	Headline string
	States   []state
	Rows     []row
	Groups   []groupCard
	Pages    []page
}

// groupCard is a group as the page shows it.
type groupCard struct {
	Check       Check
	In, Objects string
}

// HTML writes one page with the matrix, the causes, and the whole report of each cluster folded away.
func (f Fleet) HTML(w io.Writer) error {
	p := fleetPage{Fleet: f, Headline: f.headline(), States: states, Rows: f.matrix(false)}
	for _, g := range f.groups() {
		p.Groups = append(p.Groups, groupCard{g.first, strings.Join(g.contexts, ", "), few(g.objects)})
	}
	for i, d := range f.Clusters {
		one := d.page()
		one.Number = i + 1
		p.Pages = append(p.Pages, one)
	}
	return writePage(w, "fleet.html", p)
}
