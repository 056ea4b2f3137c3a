package podworker

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/containerlog"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/process"
)

const startErrorCode = 128

// runOnce starts the container and returns when it has ended.
func (c *container) runOnce(ready prepared) {
	id := "sandbox://" + string(uuid.NewUUID())
	log, err := c.openLog()
	if err != nil {
		c.failStart(id, err)
		return
	}
	defer c.closeLog(log)
	c.event(corev1.EventTypeNormal, "Created", "Created container: "+c.spec.Name)
	running, err := c.worker.host.Spawner.Start(process.Command{
		Argv: ready.argv, Env: ready.variables.List(), Dir: c.worker.home(),
		Stdout: log.Stream("stdout"), Stderr: log.Stream("stderr"),
	})
	if err != nil {
		c.failStart(id, err)
		return
	}
	started := time.Now()
	c.showRunning(id, started)
	c.event(corev1.EventTypeNormal, "Started", "Started container "+c.spec.Name)
	c.supervise(running, id, started)
	c.showEnd(running.ExitCode(), id, started)
}

// supervise returns when the process has ended, by itself or because the pod or a probe ended it.
func (c *container) supervise(running *process.Process, id string, started time.Time) {
	probing, stopProbing := context.WithCancel(c.worker.stopping)
	defer stopProbing()
	unhealthy := c.startProbes(probing, id, started)
	select {
	case <-running.Done():
		return
	case <-c.worker.stopping.Done():
		c.event(corev1.EventTypeNormal, "Killing", "Stopping container "+c.spec.Name)
		running.Signal(syscall.SIGTERM)
	case failed := <-unhealthy:
		stopProbing()
		c.event(corev1.EventTypeNormal, "Killing", fmt.Sprintf("Container %s failed %s, will be restarted", c.spec.Name, failed.probe))
		running.Signal(syscall.SIGTERM)
		select {
		case <-running.Done():
			return
		case <-time.After(failed.grace):
			running.Signal(syscall.SIGKILL)
		case <-c.worker.killing.Done():
		}
	}
	select {
	case <-running.Done():
	case <-c.worker.killing.Done():
		running.Signal(syscall.SIGKILL)
		<-running.Done()
	}
}

func (c *container) showRunning(id string, started time.Time) {
	c.change(func(status *corev1.ContainerStatus) {
		if status.State.Terminated != nil {
			status.LastTerminationState = status.State
		}
		status.RestartCount = c.runs
		c.runs++
		status.ContainerID, status.ImageID = id, "sandbox://"+c.spec.Image
		status.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: seconds(started)}}
		*status.Started = c.spec.StartupProbe == nil
		status.Ready = *status.Started && c.spec.ReadinessProbe == nil
	})
}

func (c *container) showEnd(code int32, id string, started time.Time) {
	reason := "Completed"
	if code != 0 {
		reason = "Error"
	}
	c.end(&corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, StartedAt: seconds(started), FinishedAt: now(), ContainerID: id,
	})
}

// failStart shows a container whose process could not be started, as a container runtime shows it.
func (c *container) failStart(id string, err error) {
	c.event(corev1.EventTypeWarning, "Failed", "Error: "+err.Error())
	c.change(func(status *corev1.ContainerStatus) {
		status.RestartCount = c.runs
		c.runs++
		status.ContainerID, status.ImageID = id, "sandbox://"+c.spec.Image
	})
	at := now()
	c.end(&corev1.ContainerStateTerminated{
		ExitCode: startErrorCode, Reason: "StartError", Message: err.Error(), StartedAt: at, FinishedAt: at, ContainerID: id,
	})
}

func (c *container) end(end *corev1.ContainerStateTerminated) {
	c.change(func(status *corev1.ContainerStatus) {
		if status.State.Terminated != nil {
			status.LastTerminationState = status.State
		}
		status.State = corev1.ContainerState{Terminated: end}
		*status.Started, status.Ready = false, false
	})
}

func seconds(at time.Time) metav1.Time { return metav1.NewTime(at).Rfc3339Copy() }

// openLog makes the log of a new run; that of the run before stays, an older one goes.
func (c *container) openLog() (*containerlog.Log, error) {
	c.worker.mu.Lock()
	defer c.worker.mu.Unlock()
	log, err := containerlog.Create(filepath.Join(c.worker.dir, "logs", c.spec.Name, strconv.Itoa(int(c.runs))+".log"), time.Now)
	if err != nil {
		return nil, err
	}
	if c.previous != nil {
		if err := c.previous.Remove(); err != nil {
			c.worker.host.Log.Warn("remove old container log", "container", c.spec.Name, "error", err)
		}
	}
	c.previous, c.current = c.current, log
	return log, nil
}

func (c *container) closeLog(log *containerlog.Log) {
	if err := log.Close(); err != nil {
		c.worker.host.Log.Warn("close container log", "container", c.spec.Name, "error", err)
	}
}
