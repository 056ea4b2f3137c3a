package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/e2e/pty"
)

// piece is what a program has written at a moment after its start.
type piece struct {
	at   time.Duration
	text []byte
}

// rows are enough for whatever is shown.
const rows = 200

// record runs a program on a terminal and returns all that it has written. Its exit code is left to whoever sees the picture.
func record(columns int, program string, args ...string) ([]piece, error) {
	person, terminal, err := pty.Open(uint16(columns), rows)
	if err != nil {
		return nil, err
	}
	defer person.Close()
	command := exec.Command(program, args...)
	command.Env = append(os.Environ(), "TERM=xterm-256color", "LANG=C.UTF-8")
	command.Stdin, command.Stdout, command.Stderr = terminal, terminal, terminal
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	began := time.Now()
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start what is to be shown: %w", err)
	}
	terminal.Close() // the program has it, and its end is the end of what can be read
	pieces := read(person, began)
	var ended *exec.ExitError
	if err := command.Wait(); err != nil && !errors.As(err, &ended) {
		return nil, fmt.Errorf("run what is to be shown: %w", err)
	}
	return pieces, nil
}

// read goes on until nobody can write any more, which Linux reports as an error.
func read(from io.Reader, began time.Time) []piece {
	var pieces []piece
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			pieces = append(pieces, piece{time.Since(began), bytes.Clone(buffer[:n])})
		}
		if err != nil {
			return pieces
		}
	}
}
