package docs

import (
	"errors"
	"strings"
)

// Words takes a command line apart as a shell does: the words of each program that it starts, without variables, redirections and
// comments. Nothing is expanded.
func Words(line string) ([][]string, error) {
	s := splitter{rest: line}
	for s.rest != "" {
		if err := s.next(); err != nil {
			return nil, err
		}
	}
	s.endProgram()
	return s.programs, nil
}

// splitter is how far a line has been taken apart.
type splitter struct {
	rest     string
	word     strings.Builder
	inWord   bool
	aside    bool // the next word is where a redirection leads
	program  []string
	programs [][]string
}

func (s *splitter) next() error {
	c := s.rest[0]
	s.rest = s.rest[1:]
	switch {
	case c == '\'':
		return s.quoted("'")
	case c == '"':
		return s.quoted("\"")
	case strings.HasPrefix(s.rest, "(") && (c == '$' || c == '<'):
		return s.substituted(c)
	case c == '\\':
		s.escaped()
	case c == '#' && !s.inWord:
		_, s.rest, _ = strings.Cut(s.rest, "\n")
	case strings.IndexByte(" \t\n", c) >= 0:
		s.endWord()
	case c == '<' || c == '>':
		s.endWord()
		s.aside = true
	case strings.IndexByte("|&;()", c) >= 0:
		s.endProgram()
	default:
		s.add(string(c))
	}
	return nil
}

func (s *splitter) add(text string) {
	s.inWord = true
	s.word.WriteString(text)
}

// escaped takes the character behind a backslash as it is; a line that goes on ends no word but a space does.
func (s *splitter) escaped() {
	if s.rest == "" {
		return
	}
	if s.rest[0] != '\n' {
		s.add(s.rest[:1])
	}
	s.rest = s.rest[1:]
}

var errUnbalanced = errors.New("a quote or bracket is not closed")

func (s *splitter) quoted(mark string) error {
	text, rest, closed := strings.Cut(s.rest, mark)
	if !closed {
		return errUnbalanced
	}
	s.add(text)
	s.rest = rest
	return nil
}

// substituted reads $(…) as part of a word, and <(…) as a program of its own.
func (s *splitter) substituted(mark byte) error {
	inner, rest, closed := strings.Cut(s.rest[1:], ")")
	if !closed {
		return errUnbalanced
	}
	if mark == '$' {
		s.add("$(" + inner + ")")
		s.rest = rest
		return nil
	}
	s.endProgram()
	s.rest = inner + "\n;" + rest
	return nil
}

func (s *splitter) endWord() {
	if !s.inWord {
		return
	}
	word := s.word.String()
	s.word.Reset()
	s.inWord = false
	name, _, isVariable := strings.Cut(word, "=")
	switch {
	case s.aside:
		s.aside = false
	case len(s.program) == 0 && isVariable && strings.ToUpper(name) == name && !strings.HasPrefix(name, "-"):
	default:
		s.program = append(s.program, word)
	}
}

func (s *splitter) endProgram() {
	s.endWord()
	if len(s.program) > 0 {
		s.programs = append(s.programs, s.program)
	}
	s.program, s.aside = nil, false
}

// OfPlugin are the arguments that a program's words give to the plugin, if it is the one that they start.
func OfPlugin(words []string) ([]string, bool) {
	switch {
	case len(words) >= 1 && words[0] == "kubectl-eso_infisical":
		return words[1:], true
	case len(words) >= 2 && words[0] == "kubectl" && words[1] == "eso-infisical":
		return words[2:], true
	}
	return nil, false
}
