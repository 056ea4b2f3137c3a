package lifecycle

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/supervise"
)

// markerInterval is how often the supervisor looks whether its state directory is still there.
const markerInterval = 2 * time.Second

// Supervise runs the sandbox's components until the context ends. It is what the detached process does.
func (s Sandbox) Supervise(ctx context.Context, log *slog.Logger) error {
	sandbox, err := s.Dir.Load()
	if err != nil {
		return err
	}
	// The status comes before the lock: who finds the lock held can read whose it is.
	status := supervise.Status{PID: os.Getpid(), Executable: sandbox.Executable}
	if err := s.publish(status); err != nil {
		return err
	}
	lock, err := s.Dir.LockSupervisor()
	if err != nil {
		return err
	}
	defer lock.Unlock()
	components, err := s.components(sandbox)
	if err != nil {
		return err
	}
	supervisor, err := supervise.New(components, status, s.publish, supervise.DefaultTiming(), log)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.endWithMarker(ctx, cancel, log)
	supervisor.Run(ctx)
	if s.Dir.Exists() {
		return nil // the sockets are for the command that stopped it to remove
	}
	return removeSockets(sandbox.SocketDir)
}

// publish writes the status, but does not make the state directory anew when someone has removed it.
func (s Sandbox) publish(status supervise.Status) error {
	if !s.Dir.Exists() {
		return nil
	}
	return state.WriteJSON(s.Dir.SupervisorStatus(), status)
}

// endWithMarker ends the supervisor when someone removed its state directory: no command could find it any more.
func (s Sandbox) endWithMarker(ctx context.Context, cancel context.CancelFunc, log *slog.Logger) {
	ticker := time.NewTicker(markerInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if !s.Dir.Exists() {
				log.Warn("the state directory is gone, stopping everything")
				cancel()
			}
		}
	}
}

// status is what the supervisor last published. The PID is 0 if it has not yet.
func (s Sandbox) status() (supervise.Status, error) {
	var status supervise.Status
	err := state.ReadJSON(s.Dir.SupervisorStatus(), &status)
	if errors.Is(err, os.ErrNotExist) {
		return status, nil
	}
	return status, err
}
