package main

import (
	"encoding/xml"
	"fmt"
	"io"
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
	fmt.Fprintf(&b, "  <style>%s%s  </style>\n", style, p.motion())
	fmt.Fprintf(&b, "  <rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"%.0f\" height=\"%d\" rx=\"8\"/>\n", wide-1, high-1)
	for i, f := range p.frames {
		if len(p.frames) > 1 {
			fmt.Fprintf(&b, "  <g class=\"frame f%d\">\n", i)
		} else {
			b.WriteString("  <g>\n")
		}
		for row, line := range f.lines {
			writeLine(&b, row, line)
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

// motion shows one frame after the other, once, and lets the last one stay. Who wants no motion sees the last one alone.
func (p *picture) motion() string {
	if len(p.frames) < 2 {
		return ""
	}
	var b strings.Builder
	last := len(p.frames) - 1
	b.WriteString("    .frame { visibility: hidden }\n")
	fmt.Fprintf(&b, "    .f%d { visibility: visible }\n", last)
	b.WriteString("    @keyframes shown { from, to { visibility: visible } }\n    @keyframes later { from, to { visibility: hidden } }\n    @media (prefers-reduced-motion: no-preference) {\n")
	for i, f := range p.frames[:last] {
		fmt.Fprintf(&b, "      .f%d { animation: shown %.2fs %.2fs }\n", i, (p.frames[i+1].at - f.at).Seconds(), f.at.Seconds())
	}
	fmt.Fprintf(&b, "      .f%d { animation: later %.2fs }\n    }\n", last, p.frames[last].at.Seconds())
	return b.String()
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
