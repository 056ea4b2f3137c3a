//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// wrongAdminCostsOne gives each command that administers a wrong client secret of the administrator's machine identity.
func wrongAdminCostsOne(t *testing.T, s *sandbox) {
	admin := read(t, s.Infisical.AdminClientIDFile)
	wrong := []string{"--admin-client-id", admin, "--admin-client-secret-file", wrongSecret(t)}
	with := func(args ...string) []string {
		return append(append(append(args, wrong...), s.project()...), s.ca()...)
	}
	for name, args := range map[string][]string{
		"identity create": with("identity", "create"),
		"identity show":   with("identity", "show"),
		"identity delete": with("identity", "delete", "--yes"),
	} {
		cost := s.during(t, admin, func() { s.run(t, args...).expect(t, 1, "EI310") })
		if cost.Attempts != 1 || cost.Failures != 1 {
			t.Errorf("%s costs %v", name, cost)
		}
		s.unlock(t)
	}
	s.mustRun(t, append(append([]string{"identity", "create", "--yes", "--admin-client-id", admin, "--admin-client-secret-file", s.Infisical.AdminClientSecretFile},
		s.project()...), s.ca()...)...)
	s.addCanary(t, held(t, s, "clientSecret"))
	s.mustRun(t, append([]string{"apply-ca"}, s.ca()...)...)
	s.mustRun(t, append([]string{"apply-store"}, s.project()...)...)
	before := versions(t, s.client(t))
	cost := s.during(t, admin, func() {
		s.run(t, append([]string{"rotate", "credentials", "--all-stores"}, wrong...)...).expect(t, 1, "EI310")
	})
	if cost.Attempts != 1 || len(versions(t, s.client(t))) != len(before) {
		t.Errorf("rotate credentials costs %v", cost)
	}
	s.unlock(t)
}

// unlock lets the counter of failed logins pass.
func (s *sandbox) unlock(t *testing.T) {
	t.Helper()
	s.doubleControl(t, http.MethodPut, "/clock?advance=31s", nil)
}

// tokensEnd runs commands to their end, and into Ctrl-C, and counts that every login's token is revoked.
func tokensEnd(t *testing.T, s *sandbox) {
	i := intercept(t, s)
	place := []string{"--host", i.infisicalURL, "--ca-file", i.caFile, "--project", s.Infisical.ProjectSlug, "--environment", s.Infisical.Environment}
	admin := []string{"--admin-client-id", read(t, s.Infisical.AdminClientIDFile), "--admin-client-secret-file", s.Infisical.AdminClientSecretFile}
	for _, args := range [][]string{
		append(append([]string{"bootstrap"}, s.credentials()...), place...),
		append(append([]string{"identity", "create", "--yes"}, admin...), place...),
		append(append([]string{"identity", "show"}, admin...), place...), // what the one before has made
	} {
		for _, interrupted := range []bool{false, true} {
			logins, ends := i.count("/universal-auth/login"), i.count("/token/revoke")
			run := s.prepare(t.Context(), append(args, "--secret", "tokens")...)
			run.Env = append(run.Env, "KUBECONFIG="+i.kubeconfig)
			code := 0
			if interrupted {
				code = 130
				i.setRefuse(interruptAtRead(run))
			}
			if err := run.Start(); err != nil {
				t.Fatal(err)
			}
			run.finish(t).expect(t, code)
			i.setRefuse(nil)
			logins, ends = i.count("/universal-auth/login")-logins, i.count("/token/revoke")-ends
			if logins == 0 || logins != ends {
				t.Errorf("%s, interrupted %t: %d logins, %d tokens revoked", args[:2], interrupted, logins, ends)
			}
		}
	}
}

// interruptAtRead sends Ctrl-C when the run reads something from Infisical, and lets that fail.
func interruptAtRead(run *invocation) func(mine bool, r *http.Request) bool {
	done := false
	return func(mine bool, r *http.Request) bool {
		read := mine && r.Method == http.MethodGet && (strings.HasPrefix(r.URL.Path, "/api/v3/secrets") || strings.HasPrefix(r.URL.Path, "/api/v2/workspace"))
		if !read || done {
			return false
		}
		done = true
		_ = run.Process.Signal(os.Interrupt)
		select {
		case <-r.Context().Done(): // The run has heard it, and gives the request up.
		case <-time.After(30 * time.Second):
		}
		return true
	}
}

// noCore looks at the limits of a run whose shell would have core files written.
func noCore(t *testing.T, s *sandbox, home string) {
	run := s.prepare(t.Context(), s.bootstrap()...)
	args := append([]string{"-c", `ulimit -c unlimited; exec "$0" "$@"`, absolute(t, plugin)}, run.Args[1:]...)
	run.Path, run.Args, run.Dir = "/bin/sh", append([]string{"sh"}, args...), home
	run.Env = append(run.Env, "HOME="+home, "TMPDIR="+home, "GOTRACEBACK=crash")
	shown := make(chan struct{})
	run.Stderr = &until{buffer: &run.errOut, text: "logging in", shown: shown}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	<-shown
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", run.Process.Pid))
	if err != nil {
		t.Errorf("read the limits of the run: %v", err)
	}
	for line := range strings.Lines(string(limits)) {
		if fields := strings.Fields(line); strings.HasPrefix(line, "Max core file size") && fields[4] != "0" {
			t.Errorf("a core file may be written: %s", line)
		}
	}
	_ = run.Process.Signal(syscall.SIGABRT)
	run.finish(t)
}
