//go:build e2e && linux

package e2e

import (
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// asked is a run of the plugin that a person sits before, who is asked something.
type asked struct {
	*invocation
	person *os.File
	shown  transcript
}

// onTerminal starts a run on a terminal of its own.
func (s *sandbox) onTerminal(t *testing.T, args ...string) *asked {
	t.Helper()
	person, program := terminal(t, 200, 50)
	a := &asked{invocation: s.prepare(t.Context(), args...), person: person}
	a.Stdin, a.Stdout, a.Stderr = program, program, program
	a.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(&a.shown, person) }()
	return a
}

// answer types a line, and returns how the run ended.
func (a *asked) answer(t *testing.T, line, last string) result {
	t.Helper()
	if _, err := a.person.WriteString(line + "\n"); err != nil {
		t.Fatal(err)
	}
	_ = a.Wait()           // the exit code says it all
	a.shown.await(t, last) // what a terminal shows may come a moment later
	r := result{a.ProcessState.ExitCode(), a.shown.String(), ""}
	a.s.searched(t, r, strings.Join(a.Args[1:], " "))
	return r
}
