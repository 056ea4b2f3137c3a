package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shown is the text on a screen of 20 columns after each piece was written.
func shown(pieces ...string) (*screen, string) {
	s := &screen{columns: 20}
	for _, piece := range pieces {
		_, _ = s.Write([]byte(piece))
	}
	var lines []string
	for _, line := range s.lines() {
		text := ""
		for _, r := range line {
			text += strings.Repeat(" ", r.column-columnsOf(text)) + r.text
		}
		lines = append(lines, text)
	}
	return s, strings.Join(lines, "\n")
}

func columnsOf(text string) int {
	n := 0
	for _, r := range text {
		n += places(r)
	}
	return n
}

func TestWhatAScreenShows(t *testing.T) {
	for name, tt := range map[string]struct {
		pieces []string
		want   string
	}{
		"lines":                               {[]string{"one\r\ntwo\r\n"}, "one\ntwo"},
		"a line is written over":              {[]string{"install 1s\rinstall 2s"}, "install 2s"},
		"a line is cleared":                   {[]string{"waiting for it\r\x1b[Kdone"}, "done"},
		"cleared up to the cursor":            {[]string{"abcdef\x1b[4D\x1b[1K"}, "   def"},
		"a whole line is cleared":             {[]string{"abc\x1b[2K"}, ""},
		"several lines are replaced":          {[]string{"a\r\nb\r\nc\x1b[2A\r\x1b[Jonly"}, "only"},
		"up and down":                         {[]string{"a\r\nb\r\n\x1b[2Ax\x1b[1By"}, "x\nby"},
		"up beyond the top":                   {[]string{"a\r\n\x1b[9Ab"}, "b"},
		"the whole screen is cleared":         {[]string{"a\r\nb\x1b[H\x1b[2Jc"}, "c"},
		"to a place":                          {[]string{"a\x1b[3;5Hx\x1b[2Gy"}, "a\n\n y  x"},
		"right, left, back, tab":              {[]string{"a\x1b[2Cb\x1b[1Dc\bd\tx"}, "a  d    x"},
		"wraps at the end":                    {[]string{strings.Repeat("x", 21)}, strings.Repeat("x", 20) + "\nx"},
		"a full line does not wrap by itself": {[]string{strings.Repeat("x", 20) + "\r\ny"}, strings.Repeat("x", 20) + "\ny"},
		"sequences in pieces":                 {[]string{"a\x1b", "[", "3", "1mb\xe2\x9c", "\x93"}, "ab✓"},
		"hidden cursor, bell, other things":   {[]string{"\x1b[?25la\a\x1b=b\x1b[?25h"}, "ab"},
		"wide characters":                     {[]string{"漢字|\r\x1b[2C|"}, "漢||"},
		"wide at the end":                     {[]string{strings.Repeat("x", 19) + "漢"}, strings.Repeat("x", 19) + "\n漢"},
		"accents take no place":               {[]string{"e\u0301x"}, "e\u0301x"},
		"blanks at the ends":                  {[]string{"a   \r\n   \r\n\r\n"}, "a"},
	} {
		if _, got := shown(tt.pieces...); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestLooks(t *testing.T) {
	s, _ := shown("\x1b[32m✓ ok\x1b[0m plain \x1b[1;31mbad\x1b[22m,\x1b[39m\x1b[2mfaint\x1b[m \x1b[95mx")
	want := [][]run{{
		{0, 4, "✓ ok", look{colour: 2}},
		{4, 7, " plain ", look{}},
		{11, 3, "bad", look{colour: 1, bold: true}},
		{14, 1, ",", look{colour: 1}},
		{15, 5, "faint", look{faint: true}},
	}, {{0, 1, " ", look{}}, {1, 1, "x", look{colour: 5, bold: true}}}}
	if diff := cmp.Diff(want, s.lines(), cmp.AllowUnexported(run{}, look{})); diff != "" {
		t.Error(diff)
	}
}
