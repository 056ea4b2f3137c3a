//go:build e2e && linux

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a run of the plugin on a terminal of its own.
type terminal struct {
	*invocation
	master *os.File
	mu     sync.Mutex
	shown  bytes.Buffer
	done   chan struct{}
}

// onTerminal starts a run with a person before it.
func (s *sandbox) onTerminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{invocation: s.prepare(t.Context(), args...), master: master, done: make(chan struct{})}
	term.Stdin, term.Stdout, term.Stderr = slave, slave, slave
	if err := term.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	go func() {
		defer close(term.done)
		chunk := make([]byte, 1<<12)
		for {
			n, err := master.Read(chunk)
			term.mu.Lock()
			term.shown.Write(chunk[:n])
			term.mu.Unlock()
			if err != nil {
				return // the program has ended
			}
		}
	}()
	return term
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.shown.String()
}

// await waits until the terminal shows the text.
func (term *terminal) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !strings.Contains(term.text(), text) {
		if time.Now().After(deadline) {
			t.Fatalf("the terminal never showed %q:\n%s", text, term.text())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// answer types a line, and returns how the run ended.
func (term *terminal) answer(t *testing.T, line string) result {
	t.Helper()
	if _, err := term.master.WriteString(line + "\n"); err != nil {
		t.Fatal(err)
	}
	_ = term.Wait() // the exit code says it all
	<-term.done
	term.master.Close()
	r := result{term.ProcessState.ExitCode(), term.text(), ""}
	term.s.searched(t, r, strings.Join(term.Args[1:], " "))
	return r
}
