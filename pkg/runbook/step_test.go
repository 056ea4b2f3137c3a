package runbook

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// diary is a board that remembers.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) write(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) Begin(step string) Task {
	d.write("begin " + step)
	return entry{d, step}
}

func (d *diary) Note(line string) { d.write(line) }

type entry struct {
	*diary
	step string
}

func (e entry) Update(text string) { e.write(e.step + ": " + text) }
func (e entry) Stopped()           { e.write("stopped " + e.step) }
func (e entry) Done(_ string, failed bool) {
	if failed {
		e.write("failed " + e.step)
		return
	}
	e.write("end " + e.step)
}

// takes makes a step that needs so long and then ends with err, whether it is interrupted or not.
func takes(name string, long time.Duration, err error, after ...*step) *step {
	return &step{name: name, after: after, run: func(context.Context, func(string)) (setup.Result, error) {
		time.Sleep(long)
		return setup.Result{Object: "object/" + name, Outcome: kube.Created}, err
	}}
}

// awaits makes a step that only waits, for as long as it is let.
func awaits(name string, long time.Duration, after ...*step) *step {
	return &step{name: name, after: after, waits: true, run: func(ctx context.Context, _ func(string)) (setup.Result, error) {
		select {
		case <-ctx.Done():
			return setup.Result{}, ctx.Err()
		case <-time.After(long):
			return setup.Result{Outcome: setup.Ready}, nil
		}
	}}
}

func TestStepsRunSideBySideWhereNothingForbidsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		install := takes("install", 3*time.Second, nil)
		running := awaits("ready", 20*time.Second, install)
		bootstrap := takes("bootstrap", 2*time.Second, nil)
		store := takes("apply-store", time.Second, nil, running, bootstrap)
		start := time.Now()
		if err := carryOut(t.Context(), &d, []*step{install, running, bootstrap, store}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 24*time.Second {
			t.Errorf("took %s", took)
		}
		want := []string{"end bootstrap", "end install", "begin ready", "end ready", "begin apply-store", "end apply-store"}
		if got := d.lines[2:]; !slices.Equal(got, want) {
			t.Errorf("order: %v", got)
		}
		if store.done.Seconds != 1 || running.done.Seconds != 20 {
			t.Errorf("seconds: %v, %v", store.done, running.done)
		}
	})
}

func TestWhatFailsStopsTheWaitAndKeepsTheRestFromBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		broken := errors.New("refused")
		install := takes("install", 5*time.Second, nil)
		running := awaits("ready", time.Hour, install)
		early := awaits("early", time.Hour)
		bootstrap := takes("bootstrap", time.Second, broken)
		store := takes("apply-store", time.Second, nil, running, bootstrap)
		start := time.Now()
		if err := carryOut(t.Context(), &d, []*step{install, running, early, bootstrap, store}); !errors.Is(err, broken) {
			t.Errorf("error = %v", err)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("took %s: what writes is let end, and nothing else is waited for", took)
		}
		for s, want := range map[*step]string{install: "created", running: notBegun, early: stopped, bootstrap: failed, store: notBegun} {
			if s.done.Outcome != want {
				t.Errorf("%s: %s, want %s", s.name, s.done.Outcome, want)
			}
		}
		if all := strings.Join(d.lines, "\n"); !strings.Contains(all, "stopped early") || strings.Contains(all, "begin apply-store") {
			t.Errorf("shown:\n%s", all)
		}
	})
}

func TestAnInterruptedRunSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		running := awaits("ready", time.Hour)
		time.AfterFunc(time.Second, cancel)
		err := carryOut(ctx, &diary{}, []*step{running, takes("apply-store", time.Second, nil, running)})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v", err)
		}
	})
}

func TestBothFailuresAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := errors.New("first"), errors.New("second")
		err := carryOut(t.Context(), &diary{}, []*step{takes("a", 2*time.Second, second), takes("b", time.Second, first)})
		if err.Error() != "first; second" || !errors.Is(err, first) || !errors.Is(err, second) {
			t.Errorf("error = %v", err)
		}
	})
}

// Of several stores, one that fails is no reason to leave the others, and what comes behind all of them comes.
func TestOneStoreThatFailsDoesNotKeepTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("no such environment")
		var stores, tests []*step
		for i, err := range []error{broken, nil} {
			store := takes(ApplyStore, time.Second, err)
			test := takes(Test, time.Second, nil, store)
			test.behind = slices.Clone(tests)
			for _, s := range []*step{store, test} {
				s.store, s.alone = []string{"staging", "prod"}[i], true
			}
			stores, tests = append(stores, store), append(tests, test)
		}
		cleanup := takes(Cleanup, time.Second, nil)
		cleanup.behind = tests
		var d diary
		err := carryOut(t.Context(), &d, slices.Concat(stores, tests, []*step{cleanup}))
		if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "store staging: ") {
			t.Errorf("error = %v", err)
		}
		if stores[1].done.Outcome != "created" || tests[0].done.Outcome != notBegun || tests[1].done.Outcome != "created" || cleanup.done.Outcome != "created" {
			t.Errorf("outcomes: %v %v %v %v", stores[1].done, tests[0].done, tests[1].done, cleanup.done)
		}
		if !slices.Contains(d.lines, "begin apply-store prod") {
			t.Errorf("shown: %v", d.lines)
		}
	})
}

// A login that is refused would be refused to the next store, too, and three lock the identity.
func TestARefusedLoginKeepsAllOthersFromTheirs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := &cause.Error{Tried: "log in", Cause: cause.Cause{Code: cause.WrongCredentials}}
		first, second := takes(ApplyStore, time.Second, refused), takes(ApplyStore, time.Second, nil)
		first.alone, second.alone, second.behind = true, true, []*step{first}
		if err := carryOut(t.Context(), &diary{}, []*step{first, second}); !errors.Is(err, refused) || second.done.Outcome != notBegun {
			t.Errorf("%v, %+v", err, second.done)
		}
	})
}

// What a test has left is tidied up also after its failure, but nothing is for a test that never began.
func TestTidyingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		test := takes(Test, time.Second, errors.New("never arrived"))
		cleanup := takes(Cleanup, time.Second, nil)
		cleanup.behind, cleanup.tidies = []*step{test}, true
		if err := carryOut(t.Context(), &diary{}, []*step{test, cleanup}); err == nil || cleanup.done.Outcome != "created" {
			t.Errorf("after a failure: %v, %+v", err, cleanup.done)
		}
		install, test := takes(Install, time.Second, errors.New("refused")), takes(Test, time.Second, nil)
		test.after, cleanup.behind = []*step{install}, []*step{test}
		if err := carryOut(t.Context(), &diary{}, []*step{install, test, cleanup}); err == nil || cleanup.done.Outcome != notBegun {
			t.Errorf("without a test: %v, %+v", err, cleanup.done)
		}
	})
}
