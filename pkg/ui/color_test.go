package ui

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

func TestWhenThereAreColoursAndMarks(t *testing.T) {
	const unicode, ascii, none = "✗", "x", ""
	terminal, pipe := destination{terminal: true, width: 80}, destination{}
	tests := map[string]struct {
		color  Color
		to     destination
		env    map[string]string
		colour bool
		mark   string
	}{
		"a terminal":                             {"", terminal, map[string]string{"TERM": "xterm", "LANG": "en_US.UTF-8"}, true, unicode},
		"a terminal, said so":                    {ColorAuto, terminal, map[string]string{"TERM": "xterm", "LANG": "C.utf8"}, true, unicode},
		"a terminal without UTF-8":               {ColorAuto, terminal, map[string]string{"TERM": "xterm", "LANG": "C"}, true, ascii},
		"a terminal without a locale":            {ColorAuto, terminal, map[string]string{"TERM": "xterm"}, true, ascii},
		"LC_ALL wins":                            {ColorAuto, terminal, map[string]string{"TERM": "xterm", "LC_ALL": "POSIX", "LC_CTYPE": "C.UTF-8", "LANG": "C.UTF-8"}, true, ascii},
		"LC_CTYPE comes next":                    {ColorAuto, terminal, map[string]string{"TERM": "xterm", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, true, unicode},
		"NO_COLOR":                               {ColorAuto, terminal, map[string]string{"TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": "1"}, false, unicode},
		"NO_COLOR that is empty says nothing":    {ColorAuto, terminal, map[string]string{"TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": ""}, true, unicode},
		"a dumb terminal":                        {ColorAuto, terminal, map[string]string{"TERM": "dumb", "LANG": "C.UTF-8"}, false, none},
		"never":                                  {ColorNever, terminal, map[string]string{"TERM": "xterm", "LANG": "C.UTF-8"}, false, unicode},
		"a pipe":                                 {ColorAuto, pipe, map[string]string{"TERM": "xterm", "LANG": "C.UTF-8"}, false, none},
		"never into a pipe":                      {ColorNever, pipe, map[string]string{"TERM": "xterm", "LANG": "C.UTF-8"}, false, none},
		"always into a pipe":                     {ColorAlways, pipe, map[string]string{"LANG": "C.UTF-8"}, true, unicode},
		"always, whatever NO_COLOR and TERM say": {ColorAlways, terminal, map[string]string{"TERM": "dumb", "NO_COLOR": "1"}, true, ascii},
	}
	for name, tt := range tests {
		s := tt.color.style(tt.to, func(name string) string { return tt.env[name] })
		if (s.Paint != nil) != tt.colour || s.Marks[prose.Bad] != tt.mark || s.Width != tt.to.width {
			t.Errorf("%s: colour %t, mark %q, width %d", name, s.Paint != nil, s.Marks[prose.Bad], s.Width)
		}
	}
}

func TestTheFlagColor(t *testing.T) {
	var c Color
	if c.String() != "auto" {
		t.Errorf("without the flag it is %q", c.String())
	}
	for _, text := range []string{"auto", "always", "never"} {
		if err := c.Set(text); err != nil || c.String() != text {
			t.Errorf("%s: %v, %s", text, err, c.String())
		}
	}
	if err := c.Set("sometimes"); err == nil || !strings.Contains(err.Error(), "auto, always or never") || c != ColorNever {
		t.Errorf("%v, %s", err, c.String())
	}
}

func TestOffATerminalTextIsBare(t *testing.T) {
	t.Setenv("LANG", "C.UTF-8")
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var auto, always Color
	always = ColorAlways
	for name, s := range map[string]prose.Style{"a buffer": auto.Style(&bytes.Buffer{}), "a file": auto.Style(file)} {
		if got := s.Marked(prose.Bad, "FAIL"); got != "FAIL" || s.Width != 0 {
			t.Errorf("%s: %q, width %d", name, got, s.Width)
		}
	}
	if got, want := always.Style(file).Marked(prose.Bad, "FAIL"), "\x1b[1;31m✗ FAIL\x1b[0m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Yellow and blue vanish on one ground or the other, and so do the bright and the grey ones.
func TestColoursCanBeReadOnEveryGround(t *testing.T) {
	for tone, look := range looks {
		for _, part := range strings.Split(look, ";") {
			if part == "33" || part == "34" || part == "30" || part == "37" || len(part) > 1 && part[0] == '9' {
				t.Errorf("tone %d is %s", tone, look)
			}
		}
	}
}
