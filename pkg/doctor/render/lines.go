package render

import (
	"fmt"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// tones are those of the statuses.
var tones = map[doctor.Status]prose.Tone{doctor.Pass: prose.Good, doctor.Warn: prose.Warning, doctor.Fail: prose.Bad, doctor.Unknown: prose.Doubt, doctor.Skip: prose.Faint}

// headed writes the first line of a finding: a word for its status, the check and what it is about.
func (t *text) headed(tone prose.Tone, word string, c Check) {
	t.word(tone, word)
	fmt.Fprintf(t, "%s  ", c.Code)
	t.WriteString(t.Style.Wrap(t.margin()+7, c.Title+about(c)) + "\n")
}

// word begins a paragraph.
func (t *text) word(tone prose.Tone, word string) {
	if mark := t.Style.Marks[tone]; mark != "" {
		word = mark + " " + word
	} else if t.Style.Marks != nil {
		word = "  " + word
	}
	t.WriteString(t.Style.Pad(tone, word, t.margin()))
}

// margin is how far the words of the statuses reach, with a mark before them or without.
func (t *text) margin() int {
	if t.Style.Marks != nil {
		return 10
	}
	return 8
}

// Where a label begins, and the value behind it.
const labelColumn, valueColumn = 8, 16

// commandLabel stands before a command, which is never wrapped, so that it can be copied.
const commandLabel = "run:"

func (t *text) line(label, value string) {
	if value == "" {
		return
	}
	if label != commandLabel {
		value = t.Style.Wrap(valueColumn, value)
	}
	t.WriteString(strings.Repeat(" ", labelColumn) + t.Style.Pad(prose.Faint, label, valueColumn-labelColumn) + value + "\n")
}

// say writes a sentence that begins with something in a tone.
func (t *text) say(tone prose.Tone, beginning, rest string) {
	wrapped := t.Style.Wrap(0, strings.TrimSpace(beginning+" "+rest))
	if after, found := strings.CutPrefix(wrapped, beginning); found {
		wrapped = t.Style.Say(tone, beginning) + after
	}
	t.WriteString(wrapped + "\n")
}
