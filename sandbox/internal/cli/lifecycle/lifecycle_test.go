package lifecycle

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/chart"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/state"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/supervise"
)

type rig struct {
	Sandbox
	charts string
	mu     sync.Mutex
	steps  []string
}

func newRig(t *testing.T, environ ...string) *rig {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{charts: t.TempDir()}
	for _, name := range chart.Files() {
		if err := os.WriteFile(filepath.Join(r.charts, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.Sandbox = Sandbox{Era: "2026",
		Name: "test", Dir: state.Dir(filepath.Join(t.TempDir(), "a b", "sandbox")),
		Executable: executable, Environ: environ, Progress: r.step,
	}
	t.Cleanup(func() {
		if err := r.Down(context.Background(), false); err != nil && !errors.Is(err, state.ErrNone) {
			t.Errorf("down at the end of the test: %v", err)
		}
	})
	return r
}

func (r *rig) step(_ time.Duration, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps = append(r.steps, what)
}

func (r *rig) up(t *testing.T) supervise.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := r.Up(ctx, r.charts); err != nil {
		t.Fatal(err)
	}
	status, err := r.status()
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// gone checks that neither processes nor files are left.
func (r *rig) gone(t *testing.T, status supervise.Status, sockets string) {
	t.Helper()
	for _, c := range append(status.Components, supervise.ComponentStatus{Name: "supervisor", PID: status.PID}) {
		if c.PID != 0 && syscall.Kill(c.PID, 0) == nil && !zombie(c.PID) {
			t.Errorf("%s, process %d, is still there", c.Name, c.PID)
		}
	}
	for _, path := range []string{string(r.Dir), sockets} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
}

// zombie says whether a process is only waiting for its parent to notice that it has ended.
func zombie(pid int) bool {
	var status syscall.WaitStatus
	waited, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
	if err == nil && waited == pid {
		return true
	}
	data, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return strings.Contains(string(data), ") Z ")
}

func (r *rig) sockets(t *testing.T) string {
	t.Helper()
	sandbox, err := r.Dir.Load()
	if err != nil {
		t.Fatal(err)
	}
	return sandbox.SocketDir
}

func TestUpAndDown(t *testing.T) {
	r := newRig(t)
	status := r.up(t)
	sockets := r.sockets(t)
	report, err := r.Report()
	if err != nil {
		t.Fatal(err)
	}
	if !report.Running || len(report.Components) != 7 || len(report.Faults) != 0 {
		t.Errorf("report: got %+v", report)
	}
	if err := r.Down(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	r.gone(t, status, sockets)
	if report, err := r.Report(); err != nil || report.Running {
		t.Errorf("report after down: running %v, error %v", report.Running, err)
	}
	if err := r.Down(t.Context(), false); !errors.Is(err, state.ErrNone) {
		t.Errorf("second down: got %v, want ErrNone", err)
	}
}

func TestUpTwiceChangesNothing(t *testing.T) {
	r := newRig(t)
	first := r.up(t)
	second := r.up(t)
	if first.PID != second.PID || !slices.Contains(r.steps, "runs already") {
		t.Errorf("supervisor %d became %d; steps: %q", first.PID, second.PID, r.steps)
	}
}

func TestUpAfterCrashStartsAfresh(t *testing.T) {
	r := newRig(t)
	first := r.up(t)
	sockets := r.sockets(t)
	secret, err := os.ReadFile(r.Dir.ClientSecret())
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(first.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := await(t.Context(), "wait for the supervisor to be gone", func() error {
		if r.Dir.SupervisorAlive() {
			return errors.New("it is alive")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if report, err := r.Report(); err != nil || report.Running || report.Components[0].PID != 0 {
		t.Errorf("report after a crash: %+v, error %v", report, err)
	}
	second := r.up(t)
	if first.PID == second.PID {
		t.Error("the supervisor is the same")
	}
	if _, err := os.Stat(sockets); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old sockets are still there: %v", err)
	}
	again, err := os.ReadFile(r.Dir.ClientSecret())
	if err != nil {
		t.Fatal(err)
	}
	if string(again) == string(secret) {
		t.Error("the client secret is the old one")
	}
}

func TestUpSaysWhyItFailed(t *testing.T) {
	r := newRig(t, brokenVariable+"="+Scheduler)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := r.Up(ctx, r.charts)
	if err == nil || !strings.Contains(err.Error(), Scheduler) || !strings.Contains(err.Error(), "broken for the test") {
		t.Errorf("got %v, want an error with the component's name and its last words", err)
	}
	if r.Dir.SupervisorAlive() {
		t.Error("the supervisor still runs")
	}
	if _, err := os.Stat(r.Dir.Log(Scheduler)); err != nil {
		t.Errorf("the log has not been kept: %v", err)
	}
	if _, err := os.Stat(r.Dir.ClientSecret()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the client secret is still there: %v", err)
	}
}

func TestInterruptedUpLeavesNothing(t *testing.T) {
	r := newRig(t)
	ctx, interrupt := context.WithCancel(t.Context())
	var status supervise.Status
	var sockets string
	r.Progress = func(_ time.Duration, step string) {
		if step == APIServer+" is ready" {
			sockets = r.sockets(t)
			status, _ = r.status()
			interrupt()
		}
	}
	if err := r.Up(ctx, r.charts); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the interruption", err)
	}
	if status.PID == 0 {
		t.Fatal("it ended before it was interrupted")
	}
	r.gone(t, status, sockets)
}

func TestRemovedDirectoryEndsEverything(t *testing.T) {
	r := newRig(t)
	status := r.up(t)
	sockets := r.sockets(t)
	if err := r.Dir.Clear(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := await(ctx, "wait for the sockets to be gone", func() error {
		if _, err := os.Stat(sockets); err == nil {
			return errors.New("they are there")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := supervise.Sweep(ctx, status, time.Minute); err != nil {
		t.Error(err)
	}
}

func TestUpWithoutChartMakesNothing(t *testing.T) {
	r := newRig(t)
	err := r.Up(t.Context(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "--chart-dir") {
		t.Errorf("got %v, want an error that says how to name the chart", err)
	}
	if _, err := os.Stat(string(r.Dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state directory was made: %v", err)
	}
}

func TestDownKeepsLogs(t *testing.T) {
	r := newRig(t)
	r.up(t)
	if err := r.Down(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(r.Dir.Log(supervisor)); err != nil {
		t.Errorf("the log of the supervisor: %v", err)
	}
	if _, err := os.Stat(r.Dir.Kubeconfig()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the kubeconfig is still there: %v", err)
	}
}
