package ui

import (
	"io"
	"os"

	"golang.org/x/term"
)

// canRedraw reports the terminal that w is, if it is one that can colour text and move its cursor.
func canRedraw(w io.Writer) (*os.File, bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" || !readsSequences(f) {
		return nil, false
	}
	return f, true
}
