package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/chart"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/supervise"
)

// Up makes the sandbox and returns when it can be used. If it runs already, it only waits for that. What Up started and could
// not bring to the end is taken down again; the logs remain when something failed.
func (s Sandbox) Up(ctx context.Context, chartDir string) error {
	began := time.Now()
	step := func(what string) { s.Progress(time.Since(began), what) }
	lock, err := s.lockNew(ctx, step)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if s.Dir.SupervisorAlive() {
		if err := s.sameEra(); err != nil {
			return err
		}
		step("runs already")
		return s.awaitUsable(ctx, nil, step)
	}
	if err := errors.Join(s.Dir.Claim(), chart.Check(chartDir)); err != nil {
		_ = os.Remove(string(s.Dir)) // only if it is empty: then it was made for this
		return err
	}
	detached, err := s.startFresh(ctx, chartDir, step)
	if err == nil {
		err = s.awaitUsable(ctx, detached.Ended, step)
	}
	if err == nil {
		return nil
	}
	return s.giveUp(ctx, err, detached, step)
}

// sameEra fails for a sandbox that runs with an Infisical double of another era.
func (s Sandbox) sameEra() error {
	running, err := s.Dir.Load()
	if err == nil && running.Era != s.Era {
		err = fmt.Errorf("start the sandbox with an Infisical of %s: it runs with one of %s; take it down first", s.Era, running.Era)
	}
	return err
}

// lockNew locks the state directory, making it if need be. A down at the same time can remove it in between.
func (s Sandbox) lockNew(ctx context.Context, step func(string)) (*state.Lock, error) {
	for {
		if err := os.MkdirAll(string(s.Dir), 0o700); err != nil {
			return nil, fmt.Errorf("make the state directory: %w; use --dir to name another", err)
		}
		lock, err := s.Dir.Lock(ctx, func() { step("waiting for another up or down of this sandbox") })
		if !errors.Is(err, state.ErrNone) {
			return lock, err
		}
	}
}

// startFresh clears away what a crash may have left, lays out the state directory and starts the supervisor.
func (s Sandbox) startFresh(ctx context.Context, chartDir string, step func(string)) (*supervise.Detached, error) {
	if _, err := s.Dir.Load(); !errors.Is(err, state.ErrNone) {
		step("clearing away what was left of an earlier one")
		if err := s.cleanUp(ctx); err != nil {
			return nil, err
		}
	}
	ports, err := state.ReservePorts(ctx)
	if err != nil {
		return nil, err
	}
	err = s.layOut(chartDir, ports.Ports)
	// Free the ports only now, so that a sandbox that is made at the same time gets others.
	if err := errors.Join(err, ports.Release()); err != nil {
		return nil, err
	}
	step("keys, certificates and secrets are made")
	argv := []string{s.Executable, "--name", s.Name, "--dir", string(s.Dir), "supervise"}
	return supervise.Detach(argv, cleanEnvironment(s.Environ), s.Dir.Log(supervisor))
}

func (s Sandbox) layOut(chartDir string, ports state.Ports) error {
	chartDir, err := filepath.Abs(chartDir)
	if err != nil {
		return fmt.Errorf("find the chart repository: %w", err)
	}
	sockets, err := state.MakeSocketDir()
	if err != nil {
		return err
	}
	sandbox := state.Sandbox{Name: s.Name, Executable: s.Executable, ChartDir: chartDir, SocketDir: sockets, Era: s.Era, OrgID: uuid.NewString(), Ports: ports}
	if err := s.Dir.Save(sandbox); err != nil {
		return errors.Join(err, os.Remove(sockets))
	}
	return write(s.Dir, sandbox)
}

// giveUp takes down what was started. It goes on when the context has ended, which may be why it is needed.
func (s Sandbox) giveUp(ctx context.Context, cause error, detached *supervise.Detached, step func(string)) error {
	if _, err := s.Dir.Load(); errors.Is(err, state.ErrNone) {
		_ = os.Remove(string(s.Dir)) // only if it is empty: then it was made for this
		return cause
	}
	interrupted := errors.Is(ctx.Err(), context.Canceled)
	step("stopping what was started")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if detached != nil {
		if err := terminate(ctx, detached.PID, detached.Ended); err != nil {
			return errors.Join(cause, err)
		}
	}
	if interrupted {
		return errors.Join(cause, s.cleanUp(ctx), s.Dir.Remove())
	}
	return errors.Join(fmt.Errorf("%w; the logs are in %s", cause, s.Dir.Logs()), s.cleanUp(ctx, filepath.Base(s.Dir.Logs())))
}
