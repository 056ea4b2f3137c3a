package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// Task is one of the things that go on.
type Task struct {
	of      *Progress
	name    string
	started time.Time
	lines   []string
}

// Update says what the task waits for now, in one line or in several. Off a terminal, lines that were there before are not repeated.
func (t *Task) Update(text string) {
	p := t.of
	p.mu.Lock()
	defer p.mu.Unlock()
	before := t.lines
	t.lines = strings.Split(text, "\n")
	if p.live {
		p.draw()
		return
	}
	for _, line := range t.lines {
		if !slices.Contains(before, line) {
			fmt.Fprintf(p.w, "  %s: %s\n", t.name, line)
		}
	}
}

// live are the task's lines on a terminal.
func (t *Task) live() []string {
	first := ""
	if len(t.lines) > 0 {
		first = t.lines[0]
	}
	lines := []string{fmt.Sprintf("%-*s %-12s %6s  %s", t.of.margin(), "...", t.name, seconds(time.Since(t.started)), first)}
	for _, line := range t.lines[min(1, len(t.lines)):] {
		lines = append(lines, strings.Repeat(" ", t.of.margin()+indent)+line)
	}
	return lines
}

// Done ends the task with its result, or with failed.
func (t *Task) Done(result string, failed bool) {
	tone, word := prose.Good, "ok"
	if failed {
		tone, word = prose.Bad, "FAILED"
	}
	t.end(tone, word, result)
}

// Stopped ends a task that has neither done its work nor failed, since something else ended the run.
func (t *Task) Stopped() { t.end(prose.Faint, "...", "stopped") }

func (t *Task) end(tone prose.Tone, word, result string) {
	p := t.of
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks = slices.DeleteFunc(p.tasks, func(other *Task) bool { return other == t })
	if len(p.tasks) == 0 {
		p.rest()
	}
	if mark, known := p.style.Marks[tone]; known {
		word = mark + " " + word
	}
	begin := fmt.Sprintf("%-12s %6s  ", t.name, seconds(time.Since(t.started)))
	line := p.style.Pad(tone, word, p.margin()) + " " + begin + p.wrap(p.margin()+1+prose.Width(begin), result)
	p.settle(strings.TrimRight(line, " "))
}
