// Package prose lays out text for people: what is emphasised how, and lines that are wrapped between words. It knows no terminal; whoever does
// hands in the Style.
package prose

import (
	"strings"
	"unicode/utf8"
)

// Tone is what a piece of text says, whatever that looks like.
type Tone int

// The tones. Plain text has none.
const (
	Plain Tone = iota
	Good
	Bad
	Warning
	Doubt
	// Faint is what may be passed over.
	Faint
	// Strong is what the eye should find first.
	Strong
)

// Style is how text looks where it is written to. The zero Style is bare text in lines as long as they come, as for a pipe.
type Style struct {
	// Width is how many columns there are; 0 wraps nothing.
	Width int
	// Paint makes the text look like its tone; nil leaves it as it is.
	Paint func(t Tone, text string) string
	// Marks stand before what has the tone; nil has none.
	Marks map[Tone]string
}

// Say gives the text its tone.
func (s Style) Say(t Tone, text string) string {
	if s.Paint == nil || t == Plain || text == "" {
		return text
	}
	return s.Paint(t, text)
}

// Marked is the text in its tone behind the tone's mark.
func (s Style) Marked(t Tone, text string) string {
	if mark := s.Marks[t]; mark != "" {
		text = strings.TrimSuffix(mark+" "+text, " ")
	}
	return s.Say(t, text)
}

// Pad brings text that is width columns wide, however it is painted, to a column.
func (s Style) Pad(t Tone, text string, column int) string {
	return s.Say(t, text) + strings.Repeat(" ", max(0, column-Width(text)))
}

// Width is how many columns the text takes.
func Width(text string) int { return utf8.RuneCountInString(text) }
