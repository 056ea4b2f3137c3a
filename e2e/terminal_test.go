//go:build e2e && linux

package e2e

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// terminal opens a pseudo-terminal of a size: what a person sits at, and what the program sees.
func terminal(t *testing.T, width, height uint16) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	var number, locked uint32
	control(t, person, syscall.TIOCGPTN, unsafe.Pointer(&number))
	control(t, person, syscall.TIOCSPTLCK, unsafe.Pointer(&locked))
	size := [4]uint16{height, width}
	control(t, person, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

func control(t *testing.T, f *os.File, request uintptr, argument unsafe.Pointer) {
	t.Helper()
	connection, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed syscall.Errno
	if err := connection.Control(func(fd uintptr) { _, _, failed = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument)) }); err != nil || failed != 0 {
		t.Fatalf("set the terminal up: %v, %v", err, failed)
	}
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
	out.await(t, "EI606  1 ExternalSecret of ")
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
