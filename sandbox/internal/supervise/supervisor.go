package supervise

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Supervisor keeps components running.
type Supervisor struct {
	components []Component
	timing     Timing
	log        *slog.Logger
	board      *board
	ready      map[string]chan struct{} // closed when the component was ready for the first time
	ended      map[string]chan struct{} // closed when the component has been stopped for good
}

// New makes a supervisor. publish is called with the status after each change, never twice at the same time.
func New(components []Component, status Status, publish func(Status) error, timing Timing, log *slog.Logger) (*Supervisor, error) {
	s := &Supervisor{
		components: components,
		timing:     timing,
		log:        log,
		ready:      map[string]chan struct{}{},
		ended:      map[string]chan struct{}{},
	}
	status.Components = nil
	for _, c := range components {
		for _, before := range c.After {
			if s.ready[before] == nil {
				return nil, fmt.Errorf("order the components: %s comes after %s, which is not listed before it", c.Name, before)
			}
		}
		s.ready[c.Name], s.ended[c.Name] = make(chan struct{}), make(chan struct{})
		status.Components = append(status.Components, ComponentStatus{Name: c.Name})
	}
	s.board = &board{status: status, publish: publish, failed: func(err error) { log.Error("cannot publish the status", "err", err) }}
	return s, nil
}

// Run keeps the components running until the context ends, then stops them all and returns.
func (s *Supervisor) Run(ctx context.Context) {
	var all sync.WaitGroup
	for i, c := range s.components {
		all.Go(func() {
			defer close(s.ended[c.Name])
			s.keep(ctx, i, c)
		})
	}
	all.Wait()
}

// keep starts a component when its turn has come, and again whenever it ends.
func (s *Supervisor) keep(ctx context.Context, index int, c Component) {
	for _, before := range c.After {
		select {
		case <-s.ready[before]:
		case <-ctx.Done():
			return
		}
	}
	var delay time.Duration
	for ctx.Err() == nil {
		ran := s.once(ctx, index, c)
		if ctx.Err() != nil {
			return
		}
		delay = s.timing.after(delay, ran)
		s.log.Warn("component ended, will start it again", "component", c.Name, "in", delay)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return
		}
		s.board.update(index, func(status *ComponentStatus) { status.Restarts++ })
	}
}

// once runs a component until it ends or is to be stopped, and returns how long it ran.
func (s *Supervisor) once(ctx context.Context, index int, c Component) time.Duration {
	p, err := start(c)
	if err != nil {
		s.log.Error("cannot start component", "component", c.Name, "err", err)
		s.board.update(index, func(status *ComponentStatus) { status.LastExit = err.Error() })
		return 0
	}
	s.log.Info("started component", "component", c.Name, "pid", p.pid)
	s.board.update(index, func(status *ComponentStatus) { status.PID, status.Running = p.pid, true })

	probing, stopProbing := context.WithCancel(ctx)
	probed := make(chan struct{})
	go func() {
		defer close(probed)
		s.awaitReady(probing, index, c)
	}()
	select {
	case <-p.ended:
	case <-ctx.Done():
		s.stop(c, p)
	}
	stopProbing()
	<-probed
	s.log.Info("component has ended", "component", c.Name, "pid", p.pid, "outcome", p.outcome())
	s.board.update(index, func(status *ComponentStatus) {
		status.PID, status.Running, status.Ready, status.LastExit = 0, false, false, p.outcome()
	})
	return time.Since(p.began)
}

// awaitReady asks until the component is ready or has ended.
func (s *Supervisor) awaitReady(ctx context.Context, index int, c Component) {
	for c.Ready != nil && c.Ready(ctx) != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(s.timing.Probe):
		}
	}
	if ctx.Err() != nil {
		return
	}
	s.log.Info("component is ready", "component", c.Name)
	s.board.update(index, func(status *ComponentStatus) { status.Ready = true })
	select {
	case <-s.ready[c.Name]: // it was ready before
	default:
		close(s.ready[c.Name])
	}
}

// stop ends the process once those that need it are gone.
func (s *Supervisor) stop(c Component, p *process) {
	for _, other := range s.components {
		if slices.Contains(other.After, c.Name) {
			<-s.ended[other.Name]
		}
	}
	p.stop(c.Grace)
}
