package ui

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTasksSideBySideOffATerminal(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out)
	install, bootstrap := p.Begin("install"), p.Begin("bootstrap")
	install.Update("applying")
	bootstrap.Update("writing")
	bootstrap.Done("secret/s created", false)
	install.Update("waiting")
	install.Stopped()
	want := []string{
		"  install: applying",
		"  bootstrap: writing",
		"ok     bootstrap TIME  secret/s created",
		"  install: waiting",
		"...    install TIME  stopped",
		"",
	}
	if diff := cmp.Diff(want, strings.Split(timeless(out.String()), "\n")); diff != "" {
		t.Error(diff)
	}
}

// played plays what was written to a terminal, as far as Progress uses one, and returns what the screen shows in the end.
func played(t *testing.T, written string) []string {
	t.Helper()
	lines, at := []string{""}, 0
	for _, piece := range regexp.MustCompile("\x1b\\[(\\d*)([AJ])|\r|\n|[^\x1b\r\n]+").FindAllStringSubmatch(written, -1) {
		switch {
		case piece[2] == "A":
			n := 0
			fmt.Sscan(piece[1], &n)
			at -= n
		case piece[2] == "J":
			lines = append(lines[:at], "")
		case piece[0] == "\n":
			if at++; at == len(lines) {
				lines = append(lines, "")
			}
		case piece[0] != "\r":
			lines[at] += piece[0]
		}
	}
	return lines
}

func TestTasksSideBySideOnATerminal(t *testing.T) {
	var out bytes.Buffer
	p := &Progress{w: &out, live: true, size: windowOf(60, 24)}
	install, bootstrap := p.Begin("install"), p.Begin("bootstrap")
	install.Update("waiting for a\nwaiting for b")
	bootstrap.Update("writing")
	install.Update("waiting for b")
	p.Note("warning: old")
	see := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, strings.Split(timeless(strings.Join(played(t, out.String()), "\n")), "\n")); diff != "" {
			t.Error(diff)
		}
	}
	see("warning: old", "...    install TIME  waiting for b", "...    bootstrap TIME  writing")
	bootstrap.Done("secret/s created", false)
	see("warning: old", "ok     bootstrap TIME  secret/s created", "...    install TIME  waiting for b")
	install.Done("", true)
	see("warning: old", "ok     bootstrap TIME  secret/s created", "FAILED install TIME", "")
}

func TestWhileAQuestionIsAskedNothingIsDrawn(t *testing.T) {
	var out bytes.Buffer
	p := &Progress{w: &out, live: true, size: windowOf(60, 24)}
	task := p.Begin("install")
	resume := p.Pause()
	before := out.Len()
	task.Update("waiting")
	if out.Len() != before {
		t.Errorf("written into the question: %q", out.String()[before:])
	}
	resume()
	if last := out.String(); !strings.HasSuffix(last, "waiting") {
		t.Errorf("after the question: %q", last)
	}
	task.Done("", false)
}

func TestTasksAreSafeForSeveralGoroutines(t *testing.T) {
	var out bytes.Buffer
	p := &Progress{w: &out, live: true, size: windowOf(80, 24)}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			task := p.Begin(fmt.Sprintf("step %02d", i))
			task.Update("working")
			p.Note("a note")
			task.Done("ended", false)
		})
	}
	all.Wait()
	if n := strings.Count(strings.Join(played(t, out.String()), "\n"), "ended"); n != 20 {
		t.Errorf("%d results of 20 are on the screen", n)
	}
}

// windowOf is a terminal of that size.
func windowOf(width, height int) func() (int, int, error) {
	return func() (int, int, error) { return width, height, nil }
}

func TestMoreTasksThanTheWindowIsHigh(t *testing.T) {
	var out bytes.Buffer
	height := 4
	p := &Progress{w: &out, live: true, size: func() (int, int, error) { return 60, height, nil }}
	var tasks []*Task
	for i := range 6 {
		tasks = append(tasks, p.Begin(fmt.Sprintf("step-%d", i)))
	}
	see := func(want ...string) {
		t.Helper()
		lines := played(t, out.String())
		for i, line := range lines {
			lines[i] = strings.Join(strings.Fields(timeless(line)), " ")
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Error(diff)
		}
	}
	see("... step-0 TIME", "... step-1 TIME", "... 4 more")
	height = 24 // the window is made higher
	tasks[0].Update("working")
	see("... step-0 TIME working", "... step-1 TIME", "... step-2 TIME", "... step-3 TIME", "... step-4 TIME", "... step-5 TIME")
	for _, task := range tasks {
		task.Done("", false)
	}
}

func TestLinesThatStayAreWrappedBetweenWords(t *testing.T) {
	var out bytes.Buffer
	p := &Progress{w: &out, live: true, size: windowOf(60, 24)}
	task := p.Begin("install")
	p.Note("warning: External Secrets Operator has an advisory that everybody should know")
	task.Done("release/external-secrets created: External Secrets Operator in namespace external-secrets", false)
	want := []string{
		"warning: External Secrets Operator has an advisory that",
		"         everybody should know",
		"ok     install TIME  release/external-secrets",
		"                            created: External Secrets",
		"                            Operator in namespace",
		"                            external-secrets",
		"",
	}
	if diff := cmp.Diff(want, strings.Split(timeless(strings.Join(played(t, out.String()), "\n")), "\n")); diff != "" {
		t.Error(diff)
	}
}
