package pty

import (
	"bufio"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOpen(t *testing.T) {
	person, program, err := Open(90, 30)
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	defer program.Close()
	size, err := unix.IoctlGetWinsize(int(program.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col != 90 || size.Row != 30 {
		t.Errorf("%+v, %v", size, err)
	}
	if _, err := program.WriteString("shown\n"); err != nil {
		t.Fatal(err)
	}
	// A terminal brings the cursor to the beginning of the line, too.
	if line, err := bufio.NewReader(person).ReadString('\n'); err != nil || line != "shown\r\n" {
		t.Errorf("%q, %v", line, err)
	}
}
