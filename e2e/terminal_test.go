//go:build e2e && linux

package e2e

import (
	"io"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/e2e/pty"
)

// terminal opens a pseudo-terminal of a size: what a person sits at, and what the program sees.
func terminal(t *testing.T, width, height uint16) (person, program *os.File) {
	t.Helper()
	person, program, err := pty.Open(width, height)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

// statusLive watches on a terminal, sees a change drawn in place, and ends with Ctrl-C.
func statusLive(t *testing.T, s *sandbox) {
	person, program := terminal(t, 200, 50)
	run := s.prepare(t.Context(), "status", "--watch", "--interval", "1s")
	run.Env = append(run.Env, "TERM=xterm")
	run.Stdin, run.Stdout, run.Stderr = program, program, program
	run.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	var out transcript
	go func() { _, _ = io.Copy(&out, person) }()
	out.await(t, "Ctrl-C ends")
	s.asks(t, "live", "ClusterSecretStore", storeName, "NO_SUCH_KEY")
	out.await(t, "1 ExternalSecret of ")
	if _, err := person.Write([]byte{3}); err != nil { // Ctrl-C
		t.Fatal(err)
	}
	run.finish(t).expect(t, 130)
	// The head of the screen has not changed, so it was drawn once.
	if text := out.String(); strings.Count(text, "External Secrets Operator v") != 1 || !strings.Contains(text, "\x1b[") {
		t.Errorf("not drawn in place:\n%q", text)
	}
	s.searched(t, result{out: out.String()}, "status --watch on a terminal")
}

// doctorOnTerminals looks at the text on terminals of different kinds and sizes.
func doctorOnTerminals(t *testing.T, s *sandbox) {
	for name, tt := range map[string]struct {
		environment, args []string
		width             uint16
		colour            bool
		mark              string
	}{
		"colours and marks": {[]string{"TERM=xterm", "LANG=C.UTF-8"}, nil, 80, true, "! WARN"},
		"without UTF-8":     {[]string{"TERM=xterm", "LANG=C"}, nil, 60, true, "! WARN"},
		"NO_COLOR":          {[]string{"TERM=xterm", "LANG=C.UTF-8", "NO_COLOR=1"}, nil, 80, false, "! WARN"},
		"dumb":              {[]string{"TERM=dumb", "LANG=C.UTF-8"}, nil, 80, false, "WARN"},
		"never":             {[]string{"TERM=xterm", "LANG=C.UTF-8"}, []string{"--color", "never"}, 80, false, "! WARN"},
		"never by variable": {[]string{"TERM=xterm", "ESO_INFISICAL_COLOR=never"}, nil, 80, false, "! WARN"},
		"always":            {[]string{"TERM=dumb", "NO_COLOR=1"}, []string{"--color=always"}, 60, true, "! WARN"},
	} {
		t.Run(name, func(t *testing.T) {
			text := s.typeset(t, tt.width, tt.environment, append([]string{"doctor"}, tt.args...)...)
			if strings.Contains(text, "\x1b[") != tt.colour || !strings.Contains(text, tt.mark) || tt.mark == "WARN" && strings.Contains(text, "! WARN") {
				t.Errorf("%q", text)
			}
			for _, line := range strings.Split(strings.ReplaceAll(text, "\r", ""), "\n") {
				if seen := looks.ReplaceAllString(line, ""); len([]rune(seen)) > int(tt.width) && !strings.Contains(seen, "run:") {
					t.Errorf("wider than %d: %q", tt.width, seen)
				}
			}
		})
	}
}

// looks are colours.
var looks = regexp.MustCompile("\x1b\\[[0-9;]*m")

// typeset is what a run writes to a terminal.
func (s *sandbox) typeset(t *testing.T, width uint16, environment []string, args ...string) string {
	t.Helper()
	person, program := terminal(t, width, 200)
	run := s.prepare(t.Context(), args...)
	run.Env = append(run.Env, environment...)
	run.Stdin, run.Stdout, run.Stderr = program, program, program
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	var out transcript
	go func() { _, _ = io.Copy(&out, person) }()
	_ = run.Wait()
	out.await(t, " skipped")
	s.searched(t, result{out: out.String()}, "doctor on a terminal")
	return out.String()
}
