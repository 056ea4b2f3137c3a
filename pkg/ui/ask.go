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
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		answers <- answer{line, err}
	}()
	select {
	case a := <-answers:
		text := strings.TrimSpace(a.line)
		switch {
		case errors.Is(a.err, io.EOF) && text == "":
			return "", errors.New("ask on the terminal: it was closed before there was an answer")
		case a.err != nil && !errors.Is(a.err, io.EOF):
			return "", fmt.Errorf("ask on the terminal: %w", a.err)
		case text == "":
			return otherwise, nil
		}
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
