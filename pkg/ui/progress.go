// Package ui is the one place that knows terminals: progress, hidden prompts, and what a line may hold.
package ui

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// redraw is how often the live lines' clocks move.
const redraw = 500 * time.Millisecond

// Progress tells a person on w what is going on: on a terminal in live lines for the tasks that run, elsewhere in lines that are only
// ever appended. It is safe for use by several goroutines.
type Progress struct {
	w    io.Writer
	live bool
	// size is the terminal's, in columns and lines.
	size  func() (width, height int, err error)
	style prose.Style

	mu sync.Mutex
	// tasks are those that run, in the order in which they began, and drawn is how many lines of the screen show them.
	tasks []*Task
	drawn int
	// current is the task of a command that does one thing after the other.
	current *Task
	stop    chan struct{}
	stopped chan struct{}
}

// NewProgress writes to w, live if w is a terminal that can redraw a line.
func NewProgress(w io.Writer) *Progress {
	p := &Progress{w: w}
	if f, ok := canRedraw(w); ok {
		p.size = func() (int, int, error) { return term.GetSize(int(f.Fd())) }
		width, _, err := p.size()
		p.live = err == nil && width > 20
	}
	return p
}

// Use makes what is written from now on look as the style says.
func (p *Progress) Use(style prose.Style) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.style = style
}

// Start begins a task for a command that does one thing after the other; Update and Done are about it.
func (p *Progress) Start(name string) { p.current = p.Begin(name) }

// Update says what that task waits for now.
func (p *Progress) Update(text string) {
	if p.current != nil {
		p.current.Update(text)
	}
}

// Done ends that task.
func (p *Progress) Done(result string, failed bool) { p.current.Done(result, failed) }

// Begin begins a task; others may run beside it.
func (p *Progress) Begin(name string) *Task {
	t := &Task{of: p, name: name, started: time.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks = append(p.tasks, t)
	if p.live {
		p.animate()
		p.draw()
	}
	return t
}

// animate keeps the live lines moving until rest is called.
func (p *Progress) animate() {
	if p.stop == nil {
		p.stop, p.stopped = make(chan struct{}), make(chan struct{})
		go p.tick(p.stop, p.stopped)
	}
}

// rest stops the clocks. The lock is held when it is called and when it returns, and not in between: the clocks need it to stop.
func (p *Progress) rest() {
	if p.stop == nil {
		return
	}
	stopped := p.stopped
	close(p.stop)
	p.stop = nil
	p.mu.Unlock()
	<-stopped
	p.mu.Lock()
}

// Pause takes the live lines away, so that a question can be asked, and returns what brings them back.
func (p *Progress) Pause() (resume func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop == nil {
		return func() {}
	}
	p.rest()
	p.erase()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.animate()
		p.draw()
	}
}

// erase brings the cursor to the beginning of the first of the lines drawn, and empties the screen from there.
func (p *Progress) erase() {
	if p.drawn > 1 {
		fmt.Fprintf(p.w, cursorUp, p.drawn-1)
	}
	fmt.Fprint(p.w, "\r"+clearBelow)
	p.drawn = 0
}

// Note writes a line that stays, between the live ones.
func (p *Progress) Note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kind, text, found := strings.Cut(line, ": ")
	if !found || len(kind) > longestKind {
		kind, text = "", line
	} else {
		kind += ": "
	}
	p.settle(kind + p.wrap(len(kind), text))
}

// longestKind is how long the word is that says what kind of note it is, at most: "warning".
const longestKind = 7

// settle writes a line that stays, above the live ones.
func (p *Progress) settle(line string) {
	if p.drawn > 0 {
		p.erase()
	}
	fmt.Fprintln(p.w, line)
	p.draw()
}

func (p *Progress) tick(stop, stopped chan struct{}) {
	defer close(stopped)
	ticker := time.NewTicker(redraw)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			p.mu.Lock()
			if p.stop == stop {
				p.draw()
			}
			p.mu.Unlock()
		}
	}
}

// draw shows the tasks anew, unless the lines have been taken away for a question.
func (p *Progress) draw() {
	if p.stop == nil {
		return
	}
	p.erase()
	width, height, err := p.size()
	if err != nil {
		return // A terminal that has gone shows nothing.
	}
	var lines []string
	for _, t := range p.tasks {
		lines = append(lines, t.live()...)
	}
	if most := max(1, height-1); len(lines) > most {
		lines = append(lines[:most-1:most-1], fmt.Sprintf("... %d more", len(lines)-most+1))
	}
	for i, line := range lines {
		lines[i] = cut(line, width)
	}
	fmt.Fprint(p.w, strings.Join(lines, "\n"))
	p.drawn = len(lines)
}

// margin is how wide the words before the steps are, with a mark before them or without.
func (p *Progress) margin() int {
	if p.style.Marks != nil {
		return 8
	}
	return 6
}

// indent is where the text begins on a live line, behind the margin.
const indent = 22

// cut makes a line so short that the terminal does not wrap it.
func cut(text string, width int) string {
	if runes := []rune(text); len(runes) >= width {
		return string(runes[:max(0, width-1)])
	}
	return text
}

// wrap breaks a line that stays between words, where the terminal would break it anywhere; what follows is indented.
func (p *Progress) wrap(indent int, text string) string {
	if !p.live {
		return text
	}
	width, _, err := p.size()
	if err != nil {
		return text
	}
	return prose.Style{Width: width}.Wrap(indent, text)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }
