package ui

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// timeless replaces the measured times.
func timeless(text string) string {
	return regexp.MustCompile(` *\d+\.\ds`).ReplaceAllString(text, " TIME")
}

func TestProgressOffATerminalOnlyAppends(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out)
	p.Start("install")
	p.Update("fetching chart")
	p.Update("waiting for the webhook")
	p.Done("release/external-secrets created", false)
	p.Start("apply-store")
	p.Done("", true)
	want := []string{
		"  install: fetching chart",
		"  install: waiting for the webhook",
		"ok     install TIME  release/external-secrets created",
		"FAILED apply-store TIME",
		"",
	}
	if diff := cmp.Diff(want, strings.Split(timeless(out.String()), "\n")); diff != "" {
		t.Error(diff)
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Errorf("control codes in %q", out.String())
	}
}

func TestProgressIntoAFileOnlyAppends(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "progress"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := NewProgress(f)
	p.Start("test")
	p.Update("waiting")
	p.Done("done", false)
	data, err := os.ReadFile(f.Name())
	if err != nil || strings.ContainsAny(string(data), "\r\x1b") || strings.Count(string(data), "\n") != 2 {
		t.Errorf("%q, %v", data, err)
	}
}

func TestProgressIsSafeForSeveralGoroutines(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out)
	p.Start("step")
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() { p.Update(fmt.Sprintf("line %02d", i)) })
	}
	all.Wait()
	p.Done("", false)
	if n := len(regexp.MustCompile(`(?m)^  step: line \d\d$`).FindAllString(out.String(), -1)); n != 50 {
		t.Errorf("%d whole lines of 50", n)
	}
}

func TestProgressOfSeveralLines(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out)
	p.Start("install")
	p.Update("waiting for a\nwaiting for b")
	p.Update("waiting for a: 1 of 2\nwaiting for b")
	p.Update("waiting for b")
	want := "  install: waiting for a\n  install: waiting for b\n  install: waiting for a: 1 of 2\n"
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestLiveProgressTakesItsLinesAway(t *testing.T) {
	var out bytes.Buffer
	p := &Progress{w: &out, live: true, size: windowOf(60, 24)}
	p.Start("install")
	defer p.rest()
	p.Note("warning: old")
	if screen := out.String(); !strings.Contains(screen, "\r\x1b[Jwarning: old\n") {
		t.Errorf("the note is on the live line: %q", screen)
	}
	p.Update("waiting for a\nwaiting for b, which has a name that is far too long for a narrow terminal")
	p.Done("release/r created", false)
	screen := timeless(out.String())
	last := screen[strings.LastIndex(screen, "waiting for b"):]
	if !strings.Contains(last, "\x1b[1A\r\x1b[J") || strings.Contains(last, "narrow terminal") || !strings.HasSuffix(last, "release/r created\n") {
		t.Errorf("the screen is %q", last)
	}
}

func TestProgressInColourSaysTheSame(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out)
	always := ColorAlways
	p.Use(always.style(destination{}, func(string) string { return "C.UTF-8" }))
	p.Start("install")
	p.Done("created", false)
	p.Start("test")
	p.Done("", true)
	want := []string{"\x1b[32m✓ ok\x1b[0m     install TIME  created", "\x1b[1;31m✗ FAILED\x1b[0m test TIME", ""}
	if diff := cmp.Diff(want, strings.Split(timeless(out.String()), "\n")); diff != "" {
		t.Error(diff)
	}
}
