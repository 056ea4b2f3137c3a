package supervise

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary plays the components: with this variable it acts as its value says instead of running tests.
const actVariable = "SUPERVISE_TEST_ACT"

func TestMain(m *testing.M) {
	act, is := os.LookupEnv(actVariable)
	if !is {
		os.Exit(m.Run())
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	fmt.Println("began", os.Getpid())
	switch act {
	case "crash":
		os.Exit(3)
	case "stubborn":
		select {}
	case "supervise":
		superviseForTest()
	}
	<-term
	fmt.Println("ended")
	os.Exit(0)
}

// superviseForTest is a supervisor in a process of its own, for tests that kill it.
func superviseForTest() {
	dir := os.Getenv("SUPERVISE_TEST_DIR")
	component := Component{Name: "child", Argv: []string{os.Args[0]}, Env: []string{actVariable + "=stubborn"}, Log: filepath.Join(dir, "child.log")}
	s, err := New([]Component{component}, Status{}, func(Status) error { return nil }, DefaultTiming(), slog.New(slog.DiscardHandler))
	if err != nil {
		panic(err)
	}
	s.Run(context.Background())
}

func quick() Timing {
	return Timing{FirstDelay: time.Millisecond, LastDelay: 4 * time.Millisecond, Calm: time.Hour, Probe: time.Millisecond}
}

type rig struct {
	dir      string
	statuses chan Status
	stop     context.CancelFunc
	ended    chan struct{}
}

func (r *rig) component(name, act string, after ...string) Component {
	return Component{
		Name: name, Argv: []string{os.Args[0]}, Env: []string{actVariable + "=" + act},
		Log: filepath.Join(r.dir, name+".log"), After: after, Grace: 10 * time.Second,
	}
}

func (r *rig) run(t *testing.T, components ...Component) {
	t.Helper()
	publish := func(s Status) error {
		s.Components = append([]ComponentStatus(nil), s.Components...)
		r.statuses <- s
		return nil
	}
	s, err := New(components, Status{PID: 1}, publish, quick(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	go func() {
		defer close(r.ended)
		s.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-r.ended
	})
}

func newRig(t *testing.T) *rig {
	return &rig{dir: t.TempDir(), statuses: make(chan Status, 1000), ended: make(chan struct{})}
}

// until waits for a status that satisfies the condition.
func (r *rig) until(t *testing.T, what string, condition func([]ComponentStatus) bool) Status {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case s := <-r.statuses:
			if condition(s.Components) {
				return s
			}
		case <-timeout:
			t.Fatalf("timed out: %s", what)
		}
	}
}

func TestStartsInOrder(t *testing.T) {
	r := newRig(t)
	open := make(chan struct{})
	first := r.component("first", "serve")
	first.Ready = func(context.Context) error {
		select {
		case <-open:
			return nil
		default:
			return errors.New("not yet")
		}
	}
	r.run(t, first, r.component("second", "serve", "first"))
	r.until(t, "the first runs", func(c []ComponentStatus) bool { return c[0].Running })
	if _, err := os.Stat(filepath.Join(r.dir, "second.log")); err == nil {
		t.Error("the second component was started before the first was ready")
	}
	close(open)
	r.until(t, "both are ready", func(c []ComponentStatus) bool { return c[0].Ready && c[1].Ready })
}

func TestStopsInReverseOrder(t *testing.T) {
	r := newRig(t)
	r.run(t, r.component("first", "serve"), r.component("second", "serve", "first"))
	r.until(t, "both run", func(c []ComponentStatus) bool { return c[0].Ready && c[1].Ready })
	r.await(t, "first", "began")
	r.await(t, "second", "began")
	r.stop()
	r.until(t, "the second ends while the first runs", func(c []ComponentStatus) bool { return c[0].Running && !c[1].Running })
	<-r.ended
	for _, name := range []string{"first", "second"} {
		if !strings.Contains(r.log(t, name), "ended") {
			t.Errorf("%s was not asked to end: %q", name, r.log(t, name))
		}
	}
}

func TestRestartsWhatCrashes(t *testing.T) {
	r := newRig(t)
	r.run(t, r.component("crasher", "crash"))
	s := r.until(t, "three restarts", func(c []ComponentStatus) bool { return c[0].Restarts >= 3 && c[0].LastExit != "" })
	if got := s.Components[0].LastExit; got != "exit status 3" {
		t.Errorf("last exit: got %q, want %q", got, "exit status 3")
	}
}

func TestKillsWhatDoesNotEnd(t *testing.T) {
	r := newRig(t)
	stubborn := r.component("stubborn", "stubborn")
	stubborn.Grace = time.Millisecond
	r.run(t, stubborn)
	s := r.until(t, "it runs", func(c []ComponentStatus) bool { return c[0].Running })
	r.await(t, "stubborn", "began")
	r.stop()
	<-r.ended
	if !gone(s.Components[0].PID) {
		t.Errorf("process %d is still there", s.Components[0].PID)
	}
}

func TestRefusesImpossibleOrder(t *testing.T) {
	_, err := New([]Component{{Name: "a", After: []string{"b"}}, {Name: "b"}}, Status{}, nil, quick(), nil)
	if err == nil {
		t.Error("an order that can never start was accepted")
	}
}

func TestSweepEndsWhatASupervisorLeft(t *testing.T) {
	dir := t.TempDir()
	d, err := Detach([]string{os.Args[0]}, []string{actVariable + "=supervise", "SUPERVISE_TEST_DIR=" + dir}, filepath.Join(dir, "supervisor.log"))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{dir: dir}
	child := r.await(t, "child", "began")
	if err := syscall.Kill(d.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-d.Ended
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	status := Status{PID: d.PID, Executable: executable, Components: []ComponentStatus{{PID: child}}}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := Sweep(ctx, status, time.Minute); err != nil {
		t.Fatal(err)
	}
	if left := leftover(status); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
}

func TestDelayDoublesAndStartsOver(t *testing.T) {
	timing := Timing{FirstDelay: 1, LastDelay: 5, Calm: 100}
	var got []time.Duration
	var delay time.Duration
	for _, ran := range []time.Duration{0, 0, 0, 0, 100, 0} {
		delay = timing.after(delay, ran)
		got = append(got, delay)
	}
	want := []time.Duration{1, 2, 4, 5, 1, 2}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("delays: got %v, want %v", got, want)
	}
}

func (r *rig) log(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, name+".log"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

// await waits for a line that begins with the word in a component's log, and returns the number after it.
func (r *rig) await(t *testing.T, name, word string) int {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		lines := bufio.NewScanner(strings.NewReader(r.log(t, name)))
		for lines.Scan() {
			if rest, is := strings.CutPrefix(lines.Text(), word); is {
				number, _ := strconv.Atoi(strings.TrimSpace(rest))
				return number
			}
		}
	}
	t.Fatalf("timed out: %q in the log of %s", word, name)
	return 0
}
