package prose

import (
	"strings"
	"testing"
)

// shouting makes tones visible without a terminal.
var shouting = Style{Paint: func(t Tone, text string) string { return "<" + text + ">" }, Marks: map[Tone]string{Bad: "x", Good: "ok"}}

func TestTheZeroStyleLeavesTextAlone(t *testing.T) {
	var s Style
	if got := s.Say(Bad, "a") + s.Marked(Good, "b") + s.Wrap(8, "c d\ne") + s.Pad(Bad, "f", 3) + "|"; got != "abc d\n        ef  |" {
		t.Errorf("%q", got)
	}
}

func TestTones(t *testing.T) {
	for want, got := range map[string]string{
		"a": shouting.Say(Plain, "a"), "": shouting.Say(Bad, ""), "<a>": shouting.Say(Faint, "a"),
		"<x a>": shouting.Marked(Bad, "a"), "<x>": shouting.Marked(Bad, ""), "<b>": shouting.Marked(Doubt, "b"),
		"<ä>  ": shouting.Pad(Bad, "ä", 3), "<abc>": shouting.Pad(Bad, "abc", 2),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	long := strings.Repeat("x", 40)
	tests := map[string]struct {
		width, indent int
		text, want    string
	}{
		"what fits":                        {40, 4, "a few words", "a few words"},
		"at the very edge":                 {30, 6, strings.Repeat("y", 24), strings.Repeat("y", 24)},
		"between words":                    {30, 6, "one two three four five six seven", "one two three four five\n      six seven"},
		"a long word stays whole":          {30, 6, "see " + long + " there", "see\n      " + long + "\n      there"},
		"a long word at the beginning":     {30, 6, long + " there", long + "\n      there"},
		"a terminal that is too narrow":    {20, 16, "one two three four five six", "one two three four five\n                six"},
		"breaks stay, and each is wrapped": {34, 10, "first\nsecond line which is longer than", "first\n          second line which is\n          longer than"},
		"letters count, not bytes":         {30, 6, "ääääääääääää ääääääääääää", "ääääääääääää\n      ääääääääääää"},
	}
	for name, tt := range tests {
		if got := (Style{Width: tt.width}).Wrap(tt.indent, tt.text); got != tt.want {
			t.Errorf("%s:\n%q, want\n%q", name, got, tt.want)
		}
	}
}

func TestNoWordIsLost(t *testing.T) {
	text := "the client secret of machine identity eso-archon-platform was refused by https://infisical.example.com:8443 at noon"
	for width := 1; width < 130; width++ {
		got := (Style{Width: width}).Wrap(8, text)
		if strings.Join(strings.Fields(got), " ") != text {
			t.Fatalf("at %d columns: %q", width, got)
		}
	}
}
