package podworker

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/probe"
)

// unhealthy says which probe found that a container must be restarted, and how long it has to end.
type unhealthy struct {
	probe string
	grace time.Duration
}

// health listens to the probes of one run of a container.
type health struct {
	container *container
	id        string
	failed    chan unhealthy
}

// startProbes probes the container until the context ends. The channel tells when it must be restarted.
func (c *container) startProbes(ctx context.Context, id string, started time.Time) <-chan unhealthy {
	listener := &health{container: c, id: id, failed: make(chan unhealthy, 2)}
	target := probe.Target{PodIP: c.worker.ip, Container: c.spec, Dial: c.dial}
	for kind, spec := range map[probe.Kind]*corev1.Probe{
		probe.Startup: c.spec.StartupProbe, probe.Liveness: c.spec.LivenessProbe, probe.Readiness: c.spec.ReadinessProbe,
	} {
		if spec != nil {
			go probe.New(kind, spec, started, probe.NewChecker(spec, target), listener).Run(ctx)
		}
	}
	return listener.failed
}

// Enabled implements probe.Listener.
func (h *health) Enabled(kind probe.Kind) bool {
	h.container.worker.mu.Lock()
	defer h.container.worker.mu.Unlock()
	return *h.container.status.Started != (kind == probe.Startup)
}

// Failed implements probe.Listener.
func (h *health) Failed(kind probe.Kind, detail string) {
	h.container.event(corev1.EventTypeWarning, "Unhealthy", fmt.Sprintf("%s probe failed: %s", kind, detail))
}

// Result implements probe.Listener.
func (h *health) Result(kind probe.Kind, ok bool) {
	spec := h.container.spec
	switch {
	case kind == probe.Readiness:
		h.show(func(status *corev1.ContainerStatus) { status.Ready = ok })
	case kind == probe.Startup && ok:
		h.show(func(status *corev1.ContainerStatus) { *status.Started, status.Ready = true, spec.ReadinessProbe == nil })
	case kind == probe.Startup:
		h.failed <- unhealthy{probe: "startup probe", grace: h.grace(spec.StartupProbe)}
	case !ok:
		h.failed <- unhealthy{probe: "liveness probe", grace: h.grace(spec.LivenessProbe)}
	}
}

// show changes the status unless the run that was probed is over.
func (h *health) show(apply func(*corev1.ContainerStatus)) {
	h.container.change(func(status *corev1.ContainerStatus) {
		if status.State.Running != nil && status.ContainerID == h.id {
			apply(status)
		}
	})
}

func (h *health) grace(spec *corev1.Probe) time.Duration {
	seconds := h.container.worker.Pod().Spec.TerminationGracePeriodSeconds
	if spec.TerminationGracePeriodSeconds != nil {
		seconds = spec.TerminationGracePeriodSeconds
	}
	if seconds == nil {
		return 30 * time.Second
	}
	return time.Duration(*seconds) * time.Second
}

// dial connects to a port of the pod. On a port that the container did not ask for nothing can listen.
func (c *container) dial(ctx context.Context, port int32) (net.Conn, error) {
	hostPort, ok := c.worker.HostPort(port)
	if !ok {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(hostPort)))
}
