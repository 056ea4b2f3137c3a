// Package process starts programs that must not outlive the program which started them.
package process

import (
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// pipeGrace is how long output is awaited after a program has ended while a child of it holds the pipe.
const pipeGrace = 2 * time.Second

// Command says what to run.
type Command struct {
	Argv   []string
	Env    []string
	Dir    string
	Stdout io.Writer
	Stderr io.Writer
}

// Spawner starts every program from one operating system thread. Linux ends a child when the thread that
// started it ends, not when the process does, so this thread must last as long as the Spawner.
type Spawner struct {
	requests chan func()
}

// NewSpawner returns a Spawner. Close it when the last program has ended.
func NewSpawner() *Spawner {
	s := &Spawner{requests: make(chan func())}
	go func() {
		runtime.LockOSThread()
		for request := range s.requests {
			request()
		}
	}()
	return s
}

// Close ends the Spawner; nothing may be started after it.
func (s *Spawner) Close() { close(s.requests) }

// Start starts a program in a process group of its own.
func (s *Spawner) Start(command Command) (*Process, error) {
	cmd := exec.Command(command.Argv[0], command.Argv[1:]...)
	// A nil environment would mean this process's own.
	cmd.Env = append([]string{}, command.Env...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = command.Dir, command.Stdout, command.Stderr
	cmd.SysProcAttr = attributes()
	cmd.WaitDelay = pipeGrace
	started := make(chan error)
	s.requests <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Argv[0], err)
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go p.wait()
	return p, nil
}

// Process is a program that was started.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// Done is closed when the program has ended and its output is complete.
func (p *Process) Done() <-chan struct{} { return p.done }

// Pid returns the program's process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// ExitCode returns the code that the program ended with, as a shell and a container runtime count it: 128
// and the signal's number when a signal ended it. It may be called when Done is closed.
func (p *Process) ExitCode() int32 {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int32(status.Signal())
	}
	return int32(p.cmd.ProcessState.ExitCode())
}

// Signal sends a signal to the program's process group. A program that has ended is left alone.
func (p *Process) Signal(signal syscall.Signal) {
	select {
	case <-p.done:
	default:
		// It can only fail because the group is gone, which is as well.
		_ = syscall.Kill(-p.Pid(), signal)
	}
}

func (p *Process) wait() {
	// How the program ended is read from its state; the error adds nothing.
	_ = p.cmd.Wait()
	close(p.done)
}
