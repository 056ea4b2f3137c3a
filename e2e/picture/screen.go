package main

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// look is how text is shown: a colour from 1 to 6 or none, and its weight.
type look struct {
	colour      int
	bold, faint bool
}

// cell is one place on the screen. A character of two places leaves the second one empty, with the text "".
type cell struct {
	text string
	look look
}

// blank is what a cell shows before anything is written there.
var blank = cell{text: " "}

// screen is what a terminal shows. It knows what the plugin writes: colours, movements of the cursor, and the clearing of lines. Nothing ever
// scrolls off it.
type screen struct {
	columns  int
	rows     [][]cell
	row, col int
	look     look
	// unread is the beginning of a character or sequence whose end has not come yet.
	unread []byte
}

// Write shows what a program has written.
func (s *screen) Write(p []byte) (int, error) {
	s.unread = append(s.unread, p...)
	for len(s.unread) > 0 {
		n := s.read(s.unread)
		if n == 0 {
			break
		}
		s.unread = s.unread[n:]
	}
	return len(p), nil
}

// read shows the first character or sequence of p, and returns how long it is: 0 if its end is missing.
func (s *screen) read(p []byte) int {
	switch p[0] {
	case '\r':
		s.col = 0
	case '\n':
		s.row++
	case '\b':
		s.col = max(0, s.col-1)
	case '\t':
		s.col = min(s.columns-1, s.col/8*8+8)
	case '\a':
	case 0x1b:
		return s.sequence(p)
	default:
		if !utf8.FullRune(p) {
			return 0
		}
		r, n := utf8.DecodeRune(p)
		s.put(r)
		return n
	}
	return 1
}

// sequence does what ESC [ … demands. Sequences of other kinds are passed over.
func (s *screen) sequence(p []byte) int {
	if len(p) < 2 {
		return 0
	}
	if p[1] != '[' {
		return 2
	}
	end := slices.IndexFunc(p[2:], func(b byte) bool { return b >= '@' && b <= '~' })
	if end < 0 {
		return 0
	}
	s.obey(p[2+end], numbers(string(p[2:2+end])))
	return end + 3
}

// numbers are the parameters of a sequence; what is missing is 0. Private ones, which begin with a question mark, are all 0.
func numbers(text string) []int {
	var all []int
	for _, part := range strings.Split(text, ";") {
		n, _ := strconv.Atoi(part)
		all = append(all, n)
	}
	return all
}

func (s *screen) obey(order byte, with []int) {
	by := max(1, with[0])
	switch order {
	case 'A':
		s.row = max(0, s.row-by)
	case 'B':
		s.row += by
	case 'C':
		s.col = min(s.columns-1, s.col+by)
	case 'D':
		s.col = max(0, s.col-by)
	case 'G':
		s.col = min(s.columns, by) - 1
	case 'H':
		s.row, s.col = by-1, 0
		if len(with) > 1 {
			s.col = min(s.columns, max(1, with[1])) - 1
		}
	case 'J':
		s.clearScreen(with[0])
	case 'K':
		s.clearLine(with[0])
	case 'm':
		for _, n := range with {
			s.look.change(n)
		}
	}
}

func (s *screen) clearScreen(part int) {
	if part == 2 {
		s.rows = nil
		return
	}
	s.clearLine(0)
	if s.row+1 < len(s.rows) {
		s.rows = s.rows[:s.row+1]
	}
}

func (s *screen) clearLine(part int) {
	if s.row >= len(s.rows) {
		return
	}
	line := s.rows[s.row]
	from, to := min(s.col, len(line)), len(line)
	switch part {
	case 1:
		from, to = 0, min(s.col+1, len(line))
	case 2:
		from = 0
	}
	for i := from; i < to; i++ {
		line[i] = blank
	}
}

// change follows one number of a colour sequence. Bright colours are shown as the plain ones in bold.
func (l *look) change(n int) {
	switch {
	case n == 0:
		*l = look{}
	case n == 1:
		l.bold = true
	case n == 2:
		l.faint = true
	case n == 22:
		l.bold, l.faint = false, false
	case n >= 31 && n <= 36:
		l.colour = n - 30
	case n >= 91 && n <= 96:
		l.colour, l.bold = n-90, true
	case n == 30 || n == 37 || n == 39:
		l.colour = 0
	}
}

// places is how many cells a character takes: 0 if it goes with the one before it.
func places(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// put writes a character where the cursor is, on the next line if this one is full.
func (s *screen) put(r rune) {
	n := places(r)
	if n == 0 {
		if s.row < len(s.rows) && s.col > 0 && s.col <= len(s.rows[s.row]) {
			s.rows[s.row][s.col-1].text += string(r)
		}
		return
	}
	if s.col+n > s.columns {
		s.row, s.col = s.row+1, 0
	}
	for len(s.rows) <= s.row {
		s.rows = append(s.rows, nil)
	}
	line := s.rows[s.row]
	for len(line) < s.col+n {
		line = append(line, blank)
	}
	line[s.col] = cell{string(r), s.look}
	for i := 1; i < n; i++ {
		line[s.col+i] = cell{"", s.look}
	}
	s.rows[s.row] = line
	s.col += n
}

// run is text of one look on a line, from a column on.
type run struct {
	column, columns int
	text            string
	look            look
}

// lines are what the screen shows, without blanks at the ends.
func (s *screen) lines() [][]run {
	var lines [][]run
	for _, row := range s.rows {
		lines = append(lines, runs(row))
	}
	for len(lines) > 0 && len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func runs(row []cell) []run {
	var all []run
	for column, c := range row {
		if len(all) == 0 || all[len(all)-1].look != c.look {
			all = append(all, run{column: column, look: c.look})
		}
		last := &all[len(all)-1]
		last.text += c.text
		last.columns++
	}
	for len(all) > 0 {
		last := &all[len(all)-1]
		trimmed := strings.TrimRight(last.text, " ")
		last.columns -= len(last.text) - len(trimmed)
		last.text = trimmed
		if trimmed != "" {
			return all
		}
		all = all[:len(all)-1]
	}
	return nil
}
