// Package ui is the one place that knows terminals: progress, hidden prompts, and what a line may hold.
package ui

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/prose"
)

// redraw is how often the live line's clock moves.
const redraw = 500 * time.Millisecond

// Progress tells a person on w what is going on: on a terminal in one live line per step, elsewhere in lines that are only ever
// appended. It is safe for use by several goroutines.
type Progress struct {
	w     io.Writer
	live  bool
	width int
	style prose.Style

	mu      sync.Mutex
	step    string
	lines   []string
	drawn   int
	started time.Time
	stop    chan struct{}
	stopped chan struct{}
}

// NewProgress writes to w, live if w is a terminal that can redraw a line.
func NewProgress(w io.Writer) *Progress {
	p := &Progress{w: w}
	if f, ok := canRedraw(w); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 20 {
			p.live, p.width = true, width
		}
	}
	return p
}

// Use makes what is written from now on look as the style says.
func (p *Progress) Use(style prose.Style) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.style = style
}

// Start begins a step.
func (p *Progress) Start(step string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step, p.lines, p.drawn, p.started = step, nil, 0, time.Now()
	p.animate()
}

// animate keeps the live line moving until rest is called.
func (p *Progress) animate() {
	if !p.live {
		return
	}
	p.stop, p.stopped = make(chan struct{}), make(chan struct{})
	go p.tick(p.stop, p.stopped)
	p.draw()
}

func (p *Progress) rest() {
	if p.stop != nil {
		close(p.stop)
		<-p.stopped
		p.stop = nil
	}
}

// Pause takes the live line away, so that a question can be asked, and returns what brings it back.
func (p *Progress) Pause() (resume func()) {
	if p.stop == nil {
		return func() {}
	}
	p.rest()
	p.erase()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.animate()
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

// Update says what the step waits for now, in one line or in several. Off a terminal, lines that were there before are not repeated.
func (p *Progress) Update(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.lines
	p.lines = strings.Split(text, "\n")
	if p.live {
		p.draw()
		return
	}
	for _, line := range p.lines {
		if !slices.Contains(before, line) {
			fmt.Fprintf(p.w, "  %s: %s\n", p.step, line)
		}
	}
}

// Note writes a line that stays, between the live ones.
func (p *Progress) Note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	live := p.live && p.drawn > 0
	if live {
		p.erase()
	}
	fmt.Fprintln(p.w, line)
	if live {
		p.draw()
	}
}

// Done ends the step with its result, or with failed.
func (p *Progress) Done(result string, failed bool) {
	p.rest()
	p.mu.Lock()
	defer p.mu.Unlock()
	tone, word := prose.Good, "ok"
	if failed {
		tone, word = prose.Bad, "FAILED"
	}
	if p.style.Marks != nil {
		word = p.style.Marks[tone] + " " + word
	}
	if p.live {
		p.erase()
	}
	line := fmt.Sprintf("%s %-12s %6s  %s", p.style.Pad(tone, word, p.margin()), p.step, seconds(time.Since(p.started)), result)
	fmt.Fprintln(p.w, strings.TrimRight(line, " "))
}

// margin is how wide the words before the steps are, with a mark before them or without.
func (p *Progress) margin() int {
	if p.style.Marks != nil {
		return 8
	}
	return 6
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
			p.draw()
			p.mu.Unlock()
		}
	}
}

func (p *Progress) draw() {
	p.erase()
	first := ""
	if len(p.lines) > 0 {
		first = p.lines[0]
	}
	fmt.Fprint(p.w, p.fit(fmt.Sprintf("%-*s %-12s %6s  %s", p.margin(), "...", p.step, seconds(time.Since(p.started)), first)))
	p.drawn = 1
	for _, line := range p.lines[min(1, len(p.lines)):] {
		fmt.Fprint(p.w, "\n"+p.fit(strings.Repeat(" ", p.margin()+indent)+line))
		p.drawn++
	}
}

// indent is where the text begins on a live line, behind the margin.
const indent = 22

// fit cuts a line so that the terminal does not wrap it.
func (p *Progress) fit(text string) string {
	if runes := []rune(text); len(runes) >= p.width {
		return string(runes[:p.width-1])
	}
	return text
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }
