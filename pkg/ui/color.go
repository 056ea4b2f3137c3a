package ui

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// Color says when text is coloured; it is the flag --color.
type Color string

// The choices. Auto colours on a terminal that can show it, unless NO_COLOR is set.
const (
	ColorAuto   Color = "auto"
	ColorAlways Color = "always"
	ColorNever  Color = "never"
)

// String is the choice; Auto if there was none.
func (c *Color) String() string {
	if *c == "" {
		return string(ColorAuto)
	}
	return string(*c)
}

// Type names the flag's value in the help.
func (c *Color) Type() string { return "when" }

// Choices are all that there are.
func (c *Color) Choices() []string {
	return []string{string(ColorAuto), string(ColorAlways), string(ColorNever)}
}

// Set reads the choice.
func (c *Color) Set(text string) error {
	switch choice := Color(text); choice {
	case ColorAuto, ColorAlways, ColorNever:
		*c = choice
		return nil
	}
	return fmt.Errorf("%q is not known; use auto, always or never", text)
}

// Style is how text looks on w.
func (c *Color) Style(w io.Writer) prose.Style {
	var place destination
	if f, isFile := w.(*os.File); isFile && term.IsTerminal(int(f.Fd())) {
		place.terminal = readsSequences(f)
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			place.width = width
		}
	}
	return c.style(place, os.Getenv)
}

// destination is what text is written to: a terminal that heeds colours, or something else. The width is 0 where nobody knows it.
type destination struct {
	terminal bool
	width    int
}

func (c *Color) style(to destination, env func(string) string) prose.Style {
	able := to.terminal && env("TERM") != "dumb"
	s := prose.Style{Width: to.width}
	if *c == ColorAlways || c.String() == string(ColorAuto) && able && env("NO_COLOR") == "" {
		s.Paint = paint
	}
	if able || *c == ColorAlways {
		s.Marks = asciiMarks
		if speaksUTF8(env) {
			s.Marks = marks
		}
	}
	return s
}

var (
	marks      = map[prose.Tone]string{prose.Good: "✓", prose.Bad: "✗", prose.Warning: "!", prose.Doubt: "?"}
	asciiMarks = map[prose.Tone]string{prose.Good: "+", prose.Bad: "x", prose.Warning: "!", prose.Doubt: "?"}
)

// looks are chosen to be read on light and dark grounds alike: no bright or pure yellow, blue or grey, and never colour alone.
var looks = map[prose.Tone]string{prose.Good: "32", prose.Bad: "1;31", prose.Warning: "1;35", prose.Doubt: "36", prose.Faint: "2", prose.Strong: "1"}

// unpainted ends a look.
const unpainted = "\x1b[0m"

func paint(t prose.Tone, text string) string { return "\x1b[" + looks[t] + "m" + text + unpainted }

// speaksUTF8 reads the locale as the C library does: the first of these that is set decides.
func speaksUTF8(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(env(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return false
}

// IsTerminal reports whether what is written there is shown on a terminal.
func IsTerminal(w io.Writer) bool {
	f, isFile := w.(*os.File)
	return isFile && term.IsTerminal(int(f.Fd()))
}
