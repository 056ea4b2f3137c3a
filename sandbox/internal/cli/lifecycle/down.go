package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/supervise"
)

const (
	// stopTimeout bounds how long everything together may take to end.
	stopTimeout = 60 * time.Second
	// sweepPatience is how long a process without a supervisor may take to end by itself.
	sweepPatience = 2 * time.Second
	// aliveInterval is how often a supervisor that was asked to end is looked for.
	aliveInterval = 20 * time.Millisecond
)

// Down stops everything, waits until it is gone and removes the state directory, or all but the logs. It returns
// state.ErrNone if there is no sandbox.
func (s Sandbox) Down(ctx context.Context, keepLogs bool) error {
	began := time.Now()
	step := func(what string) { s.Progress(time.Since(began), what) }
	lock, err := s.Dir.Lock(ctx, func() { step("waiting for another up or down of this sandbox") })
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if _, err := s.Dir.Load(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if s.Dir.SupervisorAlive() {
		if err := s.stopSupervisor(ctx); err != nil {
			return err
		}
		step("all components have ended")
	}
	if keepLogs {
		return s.cleanUp(ctx, filepath.Base(s.Dir.Logs()))
	}
	if err := s.cleanUp(ctx); err != nil {
		return err
	}
	return s.Dir.Remove()
}

func (s Sandbox) stopSupervisor(ctx context.Context) error {
	status, err := s.status()
	if err != nil {
		return err
	}
	if status.PID == 0 {
		return fmt.Errorf("stop the sandbox: its supervisor runs but has not said its process id; try again")
	}
	ended := make(chan struct{})
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer close(ended)
		for s.Dir.SupervisorAlive() && watching.Err() == nil {
			time.Sleep(aliveInterval)
		}
	}()
	return terminate(ctx, status.PID, ended)
}

// terminate asks a supervisor to end, waits for it, and kills it if it does not end in time: its components then die with it.
func terminate(ctx context.Context, pid int, ended <-chan struct{}) error {
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop the supervisor: %w", err)
	}
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		_ = syscall.Kill(pid, syscall.SIGKILL) // an error means that it has just ended
		return fmt.Errorf("stop the supervisor, process %d: %w; it has been killed, run down again to clear up", pid, context.Cause(ctx))
	}
}

// cleanUp ends processes that outlived their supervisor and removes the sandbox's files but those to keep. The marker stays
// until the sockets are gone, so that a clean-up that was cut short can be repeated.
func (s Sandbox) cleanUp(ctx context.Context, keep ...string) error {
	status, err := s.status()
	if err != nil {
		return err
	}
	if err := supervise.Sweep(ctx, status, sweepPatience); err != nil {
		return err
	}
	sandbox, err := s.Dir.Load()
	if err != nil {
		return err
	}
	if err := removeSockets(sandbox.SocketDir); err != nil {
		return err
	}
	return s.Dir.Clear(keep...)
}

// removeSockets removes the socket directory. The path comes from a file; only one that MakeSocketDir can have made is removed.
func removeSockets(dir string) error {
	if !strings.HasPrefix(filepath.Base(dir), state.SocketDirPrefix) {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the sockets: %w", err)
	}
	return nil
}
