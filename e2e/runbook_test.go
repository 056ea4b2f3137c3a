//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestStepByStep goes through the runbook one command at a time, on a cluster of its own.
func TestStepByStep(t *testing.T) {
	t.Parallel() // with TestUp: two sandboxes side by side
	s := start(t, "steps")
	t.Run("before anything", func(t *testing.T) { inputsChangeNothing(t, s) })
	steps := []struct {
		args []string
		want string
		// again is what the second run says.
		again string
	}{
		{append([]string{"install"}, s.chart()...), "release/external-secrets created", "release/external-secrets unchanged"},
		{s.bootstrap(), "secret/infisical-eso-creds created", "secret/infisical-eso-creds unchanged"},
		{append([]string{"apply-ca"}, s.ca()...), "configmap/infisical-ca created", "configmap/infisical-ca unchanged"},
		{append([]string{"apply-store"}, s.project()...), "clustersecretstore/infisical-archon-platform created", "clustersecretstore/infisical-archon-platform unchanged"},
		{[]string{"test", "--key", s.Infisical.Key}, "DASHSCOPE_API_KEY arrived as a Kubernetes Secret", "DASHSCOPE_API_KEY arrived as a Kubernetes Secret"},
		{[]string{"test", "--keep", "--key", s.Infisical.Key}, "DASHSCOPE_API_KEY arrived as a Kubernetes Secret", ""},
		{[]string{"cleanup"}, "namespace/eso-test deleted", "there is nothing to clean up"},
		{[]string{"doctor"}, "0 failed, 0 unknown, 0 skipped", ""},
	}
	for _, step := range steps {
		s.run(t, step.args...).expect(t, 0, step.want)
		if step.again != "" {
			s.run(t, step.args...).expect(t, 0, step.again)
		}
		if t.Failed() {
			t.Fatalf("step %v went wrong", step.args)
		}
	}
	t.Run("applied without a last-applied annotation", func(t *testing.T) {
		for _, obj := range ownObjects(t, s.client(t)) {
			if _, found := obj.GetAnnotations()["kubectl.kubernetes.io/last-applied-configuration"]; found {
				t.Errorf("%s %s holds kubectl's last-applied annotation", obj.GetKind(), obj.GetName())
			}
		}
	})
	t.Run("flags are remembered by the cluster", func(t *testing.T) {
		s.run(t, "apply-store").expect(t, 0, "unchanged: ready", s.Infisical.URL)
		s.run(t, "up", "--key", s.Infisical.Key).expect(t, 0, "arrived as a Kubernetes Secret")
	})
	t.Run("store for what does not exist", func(t *testing.T) {
		s.run(t, "apply-store", "--store", "other", "--host", s.Infisical.URL, "--project", "archon-plattform").expect(t, 1, "EI601", "archon-plattform")
		s.run(t, "apply-store", "--store", "other", "--host", s.Infisical.URL, "--project", s.Infisical.ProjectSlug, "--environment", "production").
			expect(t, 1, "EI604", "'production'", "the environment prod")
	})
	t.Run("changed credentials are judged anew", func(t *testing.T) {
		s.run(t, "bootstrap", "--verify=none", "--client-id-file", s.Infisical.ClientIDFile, "--client-secret-file", wrongSecret(t)).
			expect(t, 0, "secret/infisical-eso-creds changed", "not verified")
		s.run(t, "apply-store", "--store", "infisical-archon-platform").expect(t, 1, "EI31")
		// Wrong logins lock the identity; healing this fault takes the lock away.
		s.control(t, "fault", "wrong-client-secret")
		s.control(t, "heal")
		s.run(t, s.bootstrap("--store", "infisical-archon-platform")...).expect(t, 0, "changed")
	})
	t.Run("key that does not exist", func(t *testing.T) {
		s.run(t, "test", "--store", "infisical-archon-platform", "--key", "NO_SUCH_KEY").expect(t, 1, "EI606")
		gone(t, s.client(t), "externalsecrets", "eso-test", "test-no-such-key")
	})
}

// inputsChangeNothing checks that wrong input is refused before the cluster is touched.
func inputsChangeNothing(t *testing.T, s *sandbox) {
	notPEM := t.TempDir() + "/not.pem"
	if err := os.WriteFile(notPEM, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	without := func(args []string, flags ...string) []string {
		var kept []string
		for i := 0; i < len(args); i++ {
			if contains(flags, args[i]) {
				i++
				continue
			}
			kept = append(kept, args[i])
		}
		return kept
	}
	s.run(t, append(without(s.up(), "--ca-file"), "--ca-file", notPEM)...).expect(t, 2, "the file holds no certificate", "Nothing has been changed")
	s.run(t, without(s.up(), "--client-id-file", "--client-secret-file")...).expect(t, 2, "client secret are missing", "Nothing has been changed")
	s.run(t, without(s.up(), "--host")...).expect(t, 2, "--host must be given")
	s.run(t, append(without(s.up(), "--host"), "--host", "infisical.example.com")...).expect(t, 2, "https://HOST")
	s.run(t, s.up("--server", "https://127.0.0.1:1")...).expect(t, 3, "the cluster cannot be reached")
	s.run(t, "bootstrap", "--client-id", "x").expect(t, 2, "client secret are missing")
	s.run(t, "up", "--no-such-flag").expect(t, 2, "unknown flag")
	s.run(t, "doctor").expect(t, 1, "EI201", "kubectl eso-infisical install")
	gone(t, s.client(t), "namespaces", "", "external-secrets")
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}

// TestUp interrupts the first run, goes on, and repeats; then it breaks the sandbox in every way.
func TestUp(t *testing.T) {
	t.Parallel()
	s := start(t, "up")
	t.Run("interrupted, then converges", func(t *testing.T) {
		interrupt(t, s, s.up(), "ready: waiting for")
		r := s.mustRun(t, s.up()...)
		r.expect(t, 0, "DASHSCOPE_API_KEY arrived", "keyed hashes are equal", "done in")
	})
	if t.Failed() {
		t.FailNow()
	}
	t.Run("the second run changes nothing", func(t *testing.T) {
		before := versions(t, s.client(t))
		s.run(t, s.up()...).expect(t, 0, "nothing to do")
		if diff := cmp.Diff(before, versions(t, s.client(t))); diff != "" {
			t.Errorf("objects have changed:\n%s", diff)
		}
		gone(t, s.client(t), "externalsecrets", "eso-test", "test-dashscope-api-key")
	})
	t.Run("no secret at the highest log level", func(t *testing.T) {
		for _, args := range [][]string{s.up("-v=9"), {"doctor", "-v=9"}, append(s.bootstrap(), "-v=9"), {"test", "-v=9", "--key", s.Infisical.Key}} {
			if r := s.mustRun(t, args...); !strings.Contains(r.errOut, `"Request" verb=`) {
				t.Errorf("%v: -v=9 logs nothing, so the test proves nothing\n%v", args, r)
			}
		}
	})
	t.Run("faults", func(t *testing.T) { faults(t, s) })
}

// interrupt starts a run and sends it Ctrl-C as soon as its progress shows text.
func interrupt(t *testing.T, s *sandbox, args []string, text string) {
	t.Helper()
	i := s.prepare(t.Context(), args...)
	shown := make(chan struct{})
	i.Stderr = &until{buffer: &i.errOut, text: text, shown: shown}
	if err := i.Start(); err != nil {
		t.Fatal(err)
	}
	awaitShown(t, shown, text)
	if err := i.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	i.finish(t).expect(t, 130, "interrupted")
}

// awaitShown waits until text has been shown.
func awaitShown(t *testing.T, shown <-chan struct{}, text string) {
	t.Helper()
	select {
	case <-shown:
	case <-time.After(2 * time.Minute):
		t.Errorf("%q was never shown", text)
	}
}

// until is a writer that closes shown when text has been written.
type until struct {
	buffer *bytes.Buffer
	text   string
	shown  chan struct{}
	closed bool
}

func (u *until) Write(p []byte) (int, error) {
	n, err := u.buffer.Write(p)
	if !u.closed && strings.Contains(u.buffer.String(), u.text) {
		u.closed = true
		close(u.shown)
	}
	return n, err
}
