package ui

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// window makes a screen of a size that the test can change.
func window(width, height int) (*Screen, *bytes.Buffer, func(int, int)) {
	var out bytes.Buffer
	s := &Screen{w: &out, size: func() (int, int, error) { return width, height, nil }}
	return s, &out, func(w, h int) { width, height = w, h }
}

func shown(t *testing.T, s *Screen, out *bytes.Buffer, text string) string {
	t.Helper()
	out.Reset()
	if err := s.Show(text); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestOnlyLinesThatHaveChangedAreWrittenAgain(t *testing.T) {
	s, out, _ := window(80, 24)
	if got := shown(t, s, out, "one\ntwo\nthree\n"); got != clearLine+"one\n"+clearLine+"two\n"+clearLine+"three\n"+clearBelow {
		t.Errorf("first: %q", got)
	}
	if got := shown(t, s, out, "one\n2\nthree"); got != "\x1b[3A\n"+clearLine+"2\n\n"+clearBelow {
		t.Errorf("second: %q", got)
	}
	if got := shown(t, s, out, "one"); got != "\x1b[3A\n"+clearBelow {
		t.Errorf("shorter: %q", got)
	}
	if got := shown(t, s, out, "one\nmore"); got != "\x1b[1A\n"+clearLine+"more\n"+clearBelow {
		t.Errorf("longer: %q", got)
	}
}

func TestWhatDoesNotFitIsCutOff(t *testing.T) {
	s, out, _ := window(10, 4)
	got := shown(t, s, out, "äöü456789012\nb\nc\nd\ne")
	lines := strings.Split(strings.ReplaceAll(got, clearLine, ""), "\n")
	if len(lines) != 4 || lines[0] != "äöü456789" || lines[1] != "b" || !strings.HasPrefix(lines[2], "... 3 mo") {
		t.Errorf("%q", lines)
	}
}

func TestColoursTakeNoRoom(t *testing.T) {
	red := func(text string) string { return "\x1b[1;31m" + text + unpainted }
	for line, want := range map[string]string{
		red("123456789"): red("123456789"), red("1234567890"): red("123456789"), "a" + red("b") + "cdefghijkl": "a" + red("b") + "cdefghi" + unpainted,
		"1234567890": "123456789", "äöüäöüäöüß": "äöüäöüäöü",
	} {
		if got := fitLine(line, 10); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	if got := fitLine("abc", 0); got != "" {
		t.Errorf("%q", got)
	}
}

func TestAResizedTerminalIsDrawnAnew(t *testing.T) {
	s, out, resize := window(80, 24)
	shown(t, s, out, "one\ntwo")
	resize(60, 24)
	if got := shown(t, s, out, "one\ntwo"); got != clearAll+clearLine+"one\n"+clearLine+"two\n"+clearBelow {
		t.Errorf("%q", got)
	}
	resize(1, 1)
	shown(t, s, out, "one\ntwo")
}

func TestAScreenNeedsATerminal(t *testing.T) {
	if _, ok := NewScreen(&bytes.Buffer{}); ok {
		t.Error("a buffer is taken for a terminal")
	}
	s := &Screen{w: &bytes.Buffer{}, size: func() (int, int, error) { return 0, 0, errors.New("gone") }}
	if err := s.Show("x"); err == nil {
		t.Error("a terminal that has gone is not reported")
	}
}
