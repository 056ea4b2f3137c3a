package process

import (
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// The helper starts a program that hangs and is then killed itself. Both hold the same pipe, so its end
// shows that both are gone.
func TestProgramEndsWithItsParent(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	parent := exec.Command(os.Args[0])
	parent.Env, parent.Stdout = []string{role + "=parent"}, writer
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if _, err := io.ReadFull(reader, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	parent.Process.Kill()
	parent.Wait()
	if err := reader.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the program outlived its parent: %v", err)
	}
}
