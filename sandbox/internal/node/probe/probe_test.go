package probe

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// script answers with "+" and "-" in turn.
type script struct {
	answers string
	asked   int
}

func (s *script) Check(context.Context) Outcome {
	ok := s.answers[s.asked] == '+'
	s.asked++
	return Outcome{OK: ok, Detail: "said no"}
}

type record struct {
	enabled bool
	calls   []string
}

func (r *record) Enabled(Kind) bool               { return r.enabled }
func (r *record) Failed(kind Kind, detail string) { r.calls = append(r.calls, string(kind)+" "+detail) }
func (r *record) Result(kind Kind, ok bool) {
	if ok {
		r.calls = append(r.calls, string(kind)+" succeeded")
	} else {
		r.calls = append(r.calls, string(kind)+" failed")
	}
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestThresholds(t *testing.T) {
	for name, tc := range map[string]struct {
		kind             Kind
		success, failure int32
		answers          string
		want             []string
		asked            int
	}{
		"readiness goes both ways": {
			Readiness, 1, 2, "-+--", []string{"Readiness said no", "Readiness succeeded", "Readiness said no", "Readiness said no", "Readiness failed"}, 4,
		},
		"readiness needs two successes": {Readiness, 2, 1, "+-++", []string{"Readiness said no", "Readiness failed", "Readiness succeeded"}, 4},
		"liveness holds after failing":  {Liveness, 1, 2, "+--++", []string{"Liveness succeeded", "Liveness said no", "Liveness said no", "Liveness failed"}, 3},
		"startup fails at once":         {Startup, 0, 0, "-+", []string{"Startup said no", "Startup failed"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			checker, listener := &script{answers: tc.answers}, &record{enabled: true}
			prober := New(tc.kind, &corev1.Probe{SuccessThreshold: tc.success, FailureThreshold: tc.failure}, start, checker, listener)
			for i := range tc.answers {
				prober.tick(context.Background(), start.Add(time.Duration(i)*time.Second))
			}
			if diff := cmp.Diff(tc.want, listener.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if checker.asked != tc.asked {
				t.Errorf("asked %d times, want %d", checker.asked, tc.asked)
			}
		})
	}
}

func TestInitialDelayAndEnabled(t *testing.T) {
	checker, listener := &script{answers: "++"}, &record{}
	prober := New(Readiness, &corev1.Probe{InitialDelaySeconds: 20, PeriodSeconds: 5}, start, checker, listener)
	prober.tick(context.Background(), start.Add(19*time.Second))
	prober.tick(context.Background(), start.Add(20*time.Second))
	if checker.asked != 0 {
		t.Fatal("asked although the probe is not enabled")
	}
	listener.enabled = true
	prober.tick(context.Background(), start.Add(19*time.Second+999*time.Millisecond))
	if checker.asked != 0 {
		t.Fatal("asked before the initial delay was over")
	}
	prober.tick(context.Background(), start.Add(20*time.Second))
	if checker.asked != 1 {
		t.Error("not asked after the initial delay")
	}
}

func TestAttemptCutShortDoesNotCount(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	listener := &record{enabled: true}
	New(Liveness, &corev1.Probe{}, start, &script{answers: "-"}, listener).tick(ctx, start)
	if len(listener.calls) != 0 {
		t.Errorf("calls %v after the container was stopped", listener.calls)
	}
}
