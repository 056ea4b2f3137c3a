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

// CanAsk reports whether somebody sits at the other end who can answer.
func CanAsk(in io.Reader) bool {
	f, ok := in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Ask asks for a line of text, which is shown while it is typed. An empty one stands for otherwise.
func Ask(ctx context.Context, in io.Reader, out io.Writer, question, otherwise string) (string, error) {
	if !CanAsk(in) {
		return "", ErrNoTerminal
	}
	if otherwise != "" {
		question += " [" + otherwise + "]"
	}
	fmt.Fprint(out, question+": ")
	a, err := await(ctx, func() (string, error) { return bufio.NewReader(in).ReadString('\n') })
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(a.text)
	switch {
	case errors.Is(a.err, io.EOF) && text == "":
		return "", errors.New("ask on the terminal: it was closed before there was an answer")
	case a.err != nil && !errors.Is(a.err, io.EOF):
		return "", fmt.Errorf("ask on the terminal: %w", a.err)
	case text == "":
		return otherwise, nil
	}
	return text, nil
}

// answer is what was read of a person, and how the reading ended.
type answer struct {
	text string
	err  error
}

// await reads an answer, unless ctx ends before it comes.
func await(ctx context.Context, read func() (string, error)) (answer, error) {
	answers := make(chan answer, 1)
	go func() {
		text, err := read()
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return a, nil
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}
