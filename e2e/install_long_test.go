//go:build e2e && long

package e2e

import (
	"fmt"
	"testing"
	"time"
)

// TestInstallSurvivesKills kills an install at ten points, and sees the next one complete it without any other help.
func TestInstallSurvivesKills(t *testing.T) {
	t.Parallel()
	s := start(t, "kills")
	client := s.client(t)
	points := []struct {
		shown string
		after time.Duration
	}{
		{"fetching chart", 0}, {"looking for what stands in the way", 0}, {"applying chart", 0}, {"applying chart", 300 * time.Millisecond},
		{"applying chart", 600 * time.Millisecond}, {"applying chart", 900 * time.Millisecond}, {"applying chart", 1200 * time.Millisecond},
		{"applying chart", 1600 * time.Millisecond}, {"waiting for external-secrets", 0}, {"waiting for external-secrets", 8 * time.Second},
	}
	for _, point := range points {
		t.Run(fmt.Sprintf("%s after %s", point.after, point.shown), func(t *testing.T) {
			s.killed(t, point.shown, point.after)
			s.mustRun(t, s.install("--timeout", "5m")...)
			s.run(t, s.install()...).expect(t, 0, "release/external-secrets unchanged")
			dismantle(t, client)
		})
	}
}

// killed starts an install and kills it some time after its progress has shown the text.
func (s *sandbox) killed(t *testing.T, shown string, after time.Duration) {
	t.Helper()
	i := s.prepare(t.Context(), s.install()...)
	seen := make(chan struct{})
	i.Stderr = &until{buffer: &i.errOut, text: shown, shown: seen}
	if err := i.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-seen:
	case <-time.After(2 * time.Minute):
		t.Errorf("%q was never shown", shown)
	}
	time.Sleep(after) // the point in time is what is tested
	if err := i.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	i.finish(t)
}
