package ui

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"
)

// Screen shows a text on a terminal and replaces it in place. Lines that stay the same are not written again.
type Screen struct {
	w io.Writer
	// size is the terminal's, in columns and lines.
	size          func() (width, height int, err error)
	width, height int
	shown         []string
}

// NewScreen reports false if w is no terminal that can move its cursor.
func NewScreen(w io.Writer) (*Screen, bool) {
	f, ok := canRedraw(w)
	if !ok {
		return nil, false
	}
	return &Screen{w: w, size: func() (int, int, error) { return term.GetSize(int(f.Fd())) }}, true
}

const (
	clearAll   = "\x1b[H\x1b[2J"
	clearLine  = "\r\x1b[K"
	clearBelow = "\x1b[J"
	cursorUp   = "\x1b[%dA"
)

// Show puts text in the place of what was shown before. What does not fit is cut off.
func (s *Screen) Show(text string) error {
	var b strings.Builder
	width, height, err := s.size()
	if err != nil {
		return fmt.Errorf("ask for the size of the terminal: %w", err)
	}
	if s.shown != nil && (width != s.width || height != s.height) {
		// The terminal has wrapped or moved the lines, nobody knows how.
		b.WriteString(clearAll)
		s.shown = nil
	}
	s.width, s.height = width, height
	lines := fit(text, width, height)
	if len(s.shown) > 0 {
		fmt.Fprintf(&b, cursorUp, len(s.shown))
	}
	for i, line := range lines {
		if i >= len(s.shown) || s.shown[i] != line {
			b.WriteString(clearLine + line)
		}
		b.WriteString("\n")
	}
	b.WriteString(clearBelow)
	s.shown = lines
	_, err = io.WriteString(s.w, b.String())
	return err
}

// fit cuts a text to the terminal; the last line is left free for the cursor.
func fit(text string, width, height int) []string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if most := max(1, height-1); len(lines) > most {
		more := len(lines) - most + 1
		lines = append(lines[:most-1:most-1], fmt.Sprintf("... %d more lines; a higher window shows them", more))
	}
	for i, line := range lines {
		lines[i] = fitLine(line, width)
	}
	return lines
}

// fitLine cuts a line to what is narrower than width. Colours take no room, and end where the line is cut.
func fitLine(line string, width int) string {
	seen, painting, painted := 0, false, false
	for i, r := range line {
		switch {
		case r == '\x1b':
			painting, painted = true, true
		case painting:
			painting = r != 'm'
		case seen < width-1:
			seen++
		case painted:
			return line[:i] + unpainted
		default:
			return line[:i]
		}
	}
	return line
}
