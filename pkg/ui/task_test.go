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
	p := &Progress{w: &out, live: true, width: 60}
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
	p := &Progress{w: &out, live: true, width: 60}
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
	p := &Progress{w: &out, live: true, width: 80}
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
