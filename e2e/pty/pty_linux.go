// Package pty opens pseudo-terminals, for tests and pictures of what a program shows to a person.
package pty

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// Open makes a terminal of a size in columns and lines: what a person sits at, and what the program sees.
func Open(width, height uint16) (person, program *os.File, err error) {
	person, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open a terminal: %w", err)
	}
	if program, err = other(person, width, height); err != nil {
		person.Close()
		return nil, nil, fmt.Errorf("set the terminal up: %w", err)
	}
	return person, program, nil
}

// other sizes and unlocks a terminal, and opens its other end.
func other(person *os.File, width, height uint16) (*os.File, error) {
	var number, locked uint32
	size := [4]uint16{height, width}
	for _, request := range []struct {
		number   uintptr
		argument unsafe.Pointer
	}{{syscall.TIOCGPTN, unsafe.Pointer(&number)}, {syscall.TIOCSPTLCK, unsafe.Pointer(&locked)}, {syscall.TIOCSWINSZ, unsafe.Pointer(&size)}} {
		if err := control(person, request.number, request.argument); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
}

func control(f *os.File, request uintptr, argument unsafe.Pointer) error {
	connection, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed syscall.Errno
	if err := connection.Control(func(fd uintptr) { _, _, failed = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument)) }); err != nil {
		return err
	}
	if failed != 0 {
		return failed
	}
	return nil
}
