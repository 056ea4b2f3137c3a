package supervise

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// Detached is a process in a session of its own, which lives on when its maker ends.
type Detached struct {
	PID   int
	Ended <-chan struct{} // closed when the process ends while its maker still lives
}

// Detach starts such a process. What it prints goes to the log.
func Detach(argv, env []string, log string) (*Detached, error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the supervisor's log: %w", err)
	}
	defer func() { _ = output.Close() }() // the process has its own copy
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the supervisor: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // reaps it; why it ended is in the log
	}()
	return &Detached{PID: cmd.Process.Pid, Ended: ended}, nil
}
