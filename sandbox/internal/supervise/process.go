package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is one run of a component.
type process struct {
	pid   int
	began time.Time
	ended chan struct{} // closed when the process is gone and waited for
	state *os.ProcessState
}

// start starts a component's process in a group of its own.
func start(c Component) (*process, error) {
	type result struct {
		p   *process
		err error
	}
	started := make(chan result, 1)
	go func() {
		// The kernel ties a child to the thread that made it, not to the process: the thread must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		cmd, err := command(c)
		if err != nil {
			started <- result{err: err}
			return
		}
		p := &process{pid: cmd.Process.Pid, began: time.Now(), ended: make(chan struct{})}
		started <- result{p: p}
		_ = cmd.Wait() // how it ended is in the state
		p.state = cmd.ProcessState
		close(p.ended)
	}()
	r := <-started
	return r.p, r.err
}

func command(c Component) (*exec.Cmd, error) {
	log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", c.Name, err)
	}
	defer func() { _ = log.Close() }() // the child has its own copy
	cmd := exec.Command(c.Argv[0], c.Argv[1:]...)
	cmd.Env = c.Env
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = childAttributes()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	return cmd, nil
}

// stop asks the process to end, and kills its group if it has not after the grace.
func (p *process) stop(grace time.Duration) {
	_ = syscall.Kill(p.pid, syscall.SIGTERM) // an error means that it has ended already
	select {
	case <-p.ended:
	case <-time.After(grace):
	}
	_ = syscall.Kill(-p.pid, syscall.SIGKILL) // also what it may have left behind in its group
	<-p.ended
}

// outcome says how the process ended, for the status.
func (p *process) outcome() string {
	if p.state == nil {
		return "unknown"
	}
	return p.state.String()
}

// gone says whether no process of that id exists.
func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
