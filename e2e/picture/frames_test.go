package main

import (
	"strings"
	"testing"
	"time"
)

// texts are the first words of each frame.
func texts(all []frame) string {
	var words []string
	for _, f := range all {
		if len(f.lines) > 0 {
			words = append(words, f.lines[0][0].text)
		}
	}
	return strings.Join(words, " ")
}

func TestFramesAreMomentsThatDiffer(t *testing.T) {
	pieces := []piece{
		{0, []byte("a")}, {10 * time.Millisecond, []byte("b")}, // at once
		{time.Second, []byte("\rab")}, // the same
		{2 * time.Second, []byte("\r\x1b[Kc")}, {3 * time.Second, []byte("\r\x1b[Kd")}, {9 * time.Second, []byte("\r\x1b[Ke")},
	}
	all := frames(20, 10, pieces)
	if texts(all) != "ab c d e" || all[0].at != 0 || all[3].at != 3*stillness {
		t.Errorf("%s: %+v", texts(all), all)
	}
	if got := texts(frames(20, 2, pieces)); got != "c e" {
		t.Errorf("two of them: %s", got)
	}
	if got := texts(frames(20, 1, pieces)); got != "e" {
		t.Errorf("one of them: %s", got)
	}
}

func TestTheCommandStandsAboveWhatItShows(t *testing.T) {
	lines := prompted("a \\\n--b", [][]run{{{text: "shown"}}})
	if len(lines) != 4 || lines[0][0].text+lines[0][1].text != "$ a \\" || lines[1][1].column != 4 || lines[3][0].text != "shown" {
		t.Errorf("%+v", lines)
	}
}

func TestWhatIsRenamedMovesTheRestOfItsLine(t *testing.T) {
	lines := renamed([][]run{{{0, 11, "https://x:1", look{}}, {12, 2, "ok", look{}}}}, strings.NewReplacer("x:1", "infisical.example.com"))
	if got := lines[0]; got[0].text != "https://infisical.example.com" || got[0].columns != 29 || got[1].column != 30 {
		t.Errorf("%+v", got)
	}
}
