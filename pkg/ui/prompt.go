package ui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// ErrNoTerminal is returned where a question would have to be asked and nobody can answer.
var ErrNoTerminal = errors.New("there is no terminal to ask on")

// ReadHidden asks for a value that is not shown while it is typed. The terminal is put right again when ctx ends.
func ReadHidden(ctx context.Context, in io.Reader, out io.Writer, question string) (string, error) {
	if !CanAsk(in) {
		return "", ErrNoTerminal
	}
	f := in.(*os.File) // which only a file is that can be asked
	before, err := term.GetState(int(f.Fd()))
	if err != nil {
		return "", fmt.Errorf("prepare the terminal: %w", err)
	}
	fmt.Fprint(out, question+": ")
	defer fmt.Fprintln(out)
	a, err := await(ctx, func() (string, error) {
		text, err := term.ReadPassword(int(f.Fd()))
		return string(text), err
	})
	if err != nil {
		return "", errors.Join(err, term.Restore(int(f.Fd()), before))
	}
	return a.text, a.err
}

// Confirm asks a question that yes or no answers; anything but yes is no.
func Confirm(ctx context.Context, in io.Reader, out io.Writer, question string) (bool, error) {
	if !CanAsk(in) {
		return false, ErrNoTerminal
	}
	fmt.Fprint(out, question+" [y/N] ")
	a, err := await(ctx, func() (string, error) { return bufio.NewReader(in).ReadString('\n') })
	text := strings.ToLower(strings.TrimSpace(a.text))
	return text == "y" || text == "yes", err
}
