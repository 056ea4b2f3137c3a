// Package ui is the one place that knows terminals: progress, hidden prompts, and what a line may hold.
package ui

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// redraw is how often the live line's clock moves.
const redraw = 500 * time.Millisecond

// Progress tells a person on w what is going on: on a terminal in one live line per step, elsewhere in lines that are only ever
// appended. It is safe for use by several goroutines.
type Progress struct {
	w     io.Writer
	live  bool
	width int

	mu      sync.Mutex
	step    string
	line    string
	started time.Time
	stop    chan struct{}
	stopped chan struct{}
}

// NewProgress writes to w, live if w is a terminal that can redraw a line.
func NewProgress(w io.Writer) *Progress {
	p := &Progress{w: w}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 20 {
			p.live, p.width = true, width
		}
	}
	return p
}

// Start begins a step.
func (p *Progress) Start(step string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step, p.line, p.started = step, "", time.Now()
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
	fmt.Fprint(p.w, clearLine)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.animate()
	}
}

// clearLine brings the cursor to the beginning of an empty line.
const clearLine = "\r\x1b[K"

// Update says what the step waits for now.
func (p *Progress) Update(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line = line
	if p.live {
		p.draw()
		return
	}
	fmt.Fprintf(p.w, "  %s: %s\n", p.step, line)
}

// Done ends the step with its result, or with failed.
func (p *Progress) Done(result string, failed bool) {
	p.rest()
	p.mu.Lock()
	defer p.mu.Unlock()
	mark := "ok    "
	if failed {
		mark = "FAILED"
	}
	if p.live {
		fmt.Fprint(p.w, clearLine)
	}
	fmt.Fprintln(p.w, strings.TrimRight(fmt.Sprintf("%s %-12s %6s  %s", mark, p.step, seconds(time.Since(p.started)), result), " "))
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
	text := fmt.Sprintf("...    %-12s %6s  %s", p.step, seconds(time.Since(p.started)), p.line)
	if runes := []rune(text); len(runes) >= p.width {
		text = string(runes[:p.width-1])
	}
	fmt.Fprint(p.w, clearLine+text)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }
