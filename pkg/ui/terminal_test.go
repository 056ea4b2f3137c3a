package ui

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestOnlyATerminalIsRedrawn(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if _, ok := canRedraw(file); ok {
		t.Error("a file")
	}
	if _, ok := canRedraw(&bytes.Buffer{}); ok {
		t.Error("a buffer")
	}
}
