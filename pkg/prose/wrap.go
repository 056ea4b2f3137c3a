package prose

import "strings"

// least is how many columns a wrapped text gets, however narrow the terminal is: below that, nobody can read it.
const least = 24

// Wrap breaks text between words so that it fits into the style's width, behind an indent that the first line has already. Line breaks of the
// text stay. A word that is too long stays whole, so that it can be copied.
func (s Style) Wrap(indent int, text string) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteString("\n" + strings.Repeat(" ", indent))
		}
		s.wrapLine(&b, indent, line)
	}
	return b.String()
}

func (s Style) wrapLine(b *strings.Builder, indent int, line string) {
	if s.Width == 0 || indent+Width(line) <= s.Width {
		b.WriteString(line)
		return
	}
	room, used := max(least, s.Width-indent), 0
	for _, word := range strings.Fields(line) {
		switch w := Width(word); {
		case used == 0:
			used = w
		case used+1+w > room:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			used = w
		default:
			b.WriteByte(' ')
			used += 1 + w
		}
		b.WriteString(word)
	}
}
