package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
)

// frame is what the screen shows from a moment of the picture on.
type frame struct {
	at    time.Duration
	lines [][]run
}

// picture is a terminal over time; of one frame, it stands still.
type picture struct {
	// title and description are what a screen reader says.
	title, description string
	columns            int
	frames             []frame
}

// The sizes are in pixels: of a cell, of the letters in it, and of the space around all.
const (
	cellWidth, cellHeight = 8.4, 18
	fontSize              = 14
	margin                = 16
)

// The colours are those of pkg/ui by their numbers; they can be read on their grounds, and follow the reader's choice of light or dark.
const style = `
    text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; fill: #1f2328; white-space: pre }
    .ground { fill: #f6f8fa; stroke: #d1d9e0 } .bold { font-weight: bold } .faint { fill: #59636e }
    .c1 { fill: #b3151d } .c2 { fill: #116329 } .c3 { fill: #7d4e00 } .c4 { fill: #0550ae } .c5 { fill: #8a2387 } .c6 { fill: #0b6b74 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .ground { fill: #0d1117; stroke: #3d444d } .faint { fill: #9198a1 }
      .c1 { fill: #ff8f87 } .c2 { fill: #5fd375 } .c3 { fill: #e3b341 } .c4 { fill: #79c0ff } .c5 { fill: #e29bf0 } .c6 { fill: #5cc9d3 }
    }
`

// write draws the picture.
func (p *picture) write(w io.Writer) error {
	var b strings.Builder
	wide, high := float64(p.columns)*cellWidth+2*margin, p.height()*cellHeight+2*margin
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%d\" viewBox=\"0 0 %.0f %d\" role=\"img\" aria-labelledby=\"title description\">\n", wide, high, wide, high)
	fmt.Fprintf(&b, "  <title id=\"title\">%s</title>\n  <desc id=\"description\">%s</desc>\n", escaped(p.title), escaped(p.description))
	stays := p.stays()
	fmt.Fprintf(&b, "  <style>%s%s  </style>\n", style, p.motion(stays))
	fmt.Fprintf(&b, "  <rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"%.0f\" height=\"%d\" rx=\"8\"/>\n", wide-1, high-1)
	for _, group := range stays {
		fmt.Fprintf(&b, "  <g class=%q>\n", group.class())
		for _, l := range group.lines {
			writeLine(&b, l.row, l.runs)
		}
		b.WriteString("  </g>\n")
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// height is that of the longest frame, in lines.
func (p *picture) height() int {
	most := 0
	for _, f := range p.frames {
		most = max(most, len(f.lines))
	}
	return most
}

// stay is what is on the screen from one frame to another, both included.
type stay struct {
	from, to int
	lines    []placed
}

// placed is a line at its row.
type placed struct {
	row  int
	runs []run
}

func (s stay) class() string { return fmt.Sprintf("s%d-%d", s.from, s.to) }

// stays are all lines, by how long they stay: a line that is the same in several frames is drawn once.
func (p *picture) stays() []stay {
	var all []stay
	for row := range p.height() {
		for from := 0; from < len(p.frames); {
			line := p.frames[from].line(row)
			to := from
			for to+1 < len(p.frames) && reflect.DeepEqual(p.frames[to+1].line(row), line) {
				to++
			}
			if len(line) > 0 {
				all = add(all, from, to, placed{row, line})
			}
			from = to + 1
		}
	}
	return all
}

func add(all []stay, from, to int, l placed) []stay {
	for i := range all {
		if all[i].from == from && all[i].to == to {
			all[i].lines = append(all[i].lines, l)
			return all
		}
	}
	return append(all, stay{from, to, []placed{l}})
}

// line is a row of the frame, nothing if it has fewer.
func (f frame) line(row int) []run {
	if row < len(f.lines) {
		return f.lines[row]
	}
	return nil
}

// motion shows one frame after the other, once, and lets the last one stay. Who wants no motion sees the last one alone.
func (p *picture) motion(stays []stay) string {
	if len(p.frames) < 2 {
		return ""
	}
	var b, moving strings.Builder
	b.WriteString("    @keyframes shown { from, to { visibility: visible } }\n    @keyframes later { from, to { visibility: hidden } }\n")
	last := len(p.frames) - 1
	for _, s := range stays {
		at := p.frames[s.from].at.Seconds()
		switch {
		case s.to < last:
			fmt.Fprintf(&b, "    .%s { visibility: hidden }\n", s.class())
			fmt.Fprintf(&moving, "      .%s { animation: shown %.2fs %.2fs }\n", s.class(), p.frames[s.to+1].at.Seconds()-at, at)
		case s.from > 0:
			fmt.Fprintf(&moving, "      .%s { animation: later %.2fs }\n", s.class(), at)
		}
	}
	return b.String() + "    @media (prefers-reduced-motion: no-preference) {\n" + moving.String() + "    }\n"
}

// writeLine pins every run to its columns, so that they are in line in every font.
func writeLine(b *strings.Builder, row int, line []run) {
	for _, r := range line {
		text := strings.TrimLeft(r.text, " ")
		if text == "" {
			continue
		}
		column, columns := r.column+len(r.text)-len(text), r.columns-(len(r.text)-len(text))
		fmt.Fprintf(b, "    <text x=\"%.1f\" y=\"%d\" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\"%s>%s</text>\n",
			margin+float64(column)*cellWidth, margin+row*cellHeight+fontSize, float64(columns)*cellWidth, classes(r.look), escaped(text))
	}
}

func classes(l look) string {
	var all []string
	if l.colour != 0 {
		all = append(all, fmt.Sprintf("c%d", l.colour))
	}
	if l.bold {
		all = append(all, "bold")
	}
	if l.faint {
		all = append(all, "faint")
	}
	if len(all) == 0 {
		return ""
	}
	return fmt.Sprintf(" class=%q", strings.Join(all, " "))
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}
