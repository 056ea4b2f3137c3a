//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// secondUp is how long up may take that finds nothing to do.
const secondUp = 3 * time.Second

// TestUpTwice lets two run at once, and one after the other.
func TestUpTwice(t *testing.T) {
	t.Parallel()
	s := start(t, "uptwice")
	for name, text := range map[string]string{"begun together": "", "the second while the first waits": "ready: waiting for"} {
		t.Run(name, func(t *testing.T) {
			wipe(t, s.client(t))
			twoUps(t, s, text)
		})
	}
	t.Run("the second changes nothing, and soon", func(t *testing.T) { secondRun(t, s) })
	t.Run("a benchmark removes only what is its own", func(t *testing.T) { benchRemovesOnlyItsOwn(t, s) })
}

// twoUps starts a second run as soon as the first has shown the text. One does the work; the other says who is at work, or finds it done.
func twoUps(t *testing.T, s *sandbox, text string) {
	first, second := s.prepare(t.Context(), s.up()...), s.prepare(t.Context(), s.up()...)
	shown := make(chan struct{})
	first.Stderr = &until{buffer: &first.errOut, text: text, shown: shown}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-shown:
	case <-time.After(2 * time.Minute):
		t.Fatalf("%q was never shown", text)
	}
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	results := []result{first.finish(t), second.finish(t)}
	worked := 0
	for _, r := range results {
		switch {
		case r.code == 0 && strings.Contains(r.out, "done in"):
			worked++
		case r.code == 0:
			r.expect(t, 0, "nothing to do")
		default:
			r.expect(t, 1, "is at work since")
		}
	}
	if worked != 1 {
		t.Errorf("%d of the two did the work\n%v\n%v", worked, results[0], results[1])
	}
	if secrets := s.releaseSecrets(t); len(secrets) != 1 {
		t.Errorf("the release has the revisions %v", secrets)
	}
	s.upConverges(t, s.up())
}

// releaseSecrets are those in which Helm keeps the release's revisions.
func (s *sandbox) releaseSecrets(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(s.names(t, resources["secrets"]), func(name string) bool { return !strings.HasPrefix(name, "sh.helm.release.v1.external-secrets.") })
}

// secondRun measures the fastest of three runs, since others may use the machine.
func secondRun(t *testing.T, s *sandbox) {
	fastest := time.Hour
	for range 3 {
		from, began := len(s.audited(t, ownAgent, 0)), time.Now()
		s.run(t, s.up()...).expect(t, 0, "nothing to do")
		fastest = min(fastest, time.Since(began))
		s.nothingChanged(t, from)
	}
	if fastest > secondUp {
		t.Errorf("it takes %s, more than %s", fastest, secondUp)
	}
	t.Logf("the fastest of three takes %s", fastest.Round(time.Millisecond))
}
