package file

import (
	"fmt"
	"slices"
	"strings"
)

// most is how many problems are told at once.
const most = 12

// Problem is one thing that is wrong with a file.
type Problem struct {
	// Line counts from 1; 0 stands for a Setup that was read from no file.
	Line int
	// Field is where, as in stores[0].project, or empty for the file as a whole.
	Field string
	// Text says what is wrong and what would be right. It never repeats what might be a secret.
	Text string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// Error is all that is wrong with a file, by line. It has at least one problem.
type Error struct {
	// File is its name, or - for standard input.
	File     string
	Problems []Problem
}

func (e *Error) Error() string {
	name := e.File
	if name == Stdin {
		name = "the Setup file on standard input"
	}
	if len(e.Problems) == 1 {
		return "read " + name + ": " + e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "read %s: %d things are wrong:", name, len(e.Problems))
	for _, p := range e.Problems[:min(most, len(e.Problems))] {
		b.WriteString("\n  " + p.String())
	}
	if more := len(e.Problems) - most; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return b.String()
}

// problems collects what is wrong with one file.
type problems []Problem

func (p *problems) add(line int, field, format string, values ...any) {
	*p = append(*p, Problem{Line: line, Field: field, Text: fmt.Sprintf(format, values...)})
}

// in returns what was collected as an error, or nil.
func (p problems) in(name string) error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int { return a.Line - b.Line })
	return &Error{File: name, Problems: p}
}
