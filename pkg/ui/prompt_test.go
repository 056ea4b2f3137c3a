package ui

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadHiddenWithoutATerminal(t *testing.T) {
	name := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(name, []byte("a value\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out bytes.Buffer
	if got, err := ReadHidden(t.Context(), strings.NewReader("a value\n"), &out, "Question"); !errors.Is(err, ErrNoTerminal) || got != "" {
		t.Errorf("a reader: %q, %v", got, err)
	}
	if got, err := ReadHidden(t.Context(), f, &out, "Question"); !errors.Is(err, ErrNoTerminal) || got != "" {
		t.Errorf("a file: %q, %v", got, err)
	}
	if out.Len() != 0 {
		t.Errorf("asked nobody: %q", out.String())
	}
}
