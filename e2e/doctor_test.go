//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestDoctor asks the doctor in every format in each state that a cluster may be in: nobody there, no rights, nothing installed, well and ill.
func TestDoctor(t *testing.T) {
	t.Parallel()
	s := start(t, "doctor")
	t.Run("no kubeconfig", func(t *testing.T) {
		absent := *s
		absent.Kubeconfig = filepath.Join(t.TempDir(), "absent")
		absent.everyFormat(t, 3, "EI101")
		absent.run(t, "doctor").expect(t, 3, "set KUBECONFIG", "1 unknown")
	})
	t.Run("no cluster", func(t *testing.T) { s.everyFormat(t, 3, "EI102", "--server", "https://127.0.0.1:1") })
	t.Run("no ESO", func(t *testing.T) {
		s.everyFormat(t, 1, "EI201")
		s.run(t, "doctor").expect(t, 1, "kubectl eso-infisical install")
	})
	s.mustRun(t, s.up()...)
	t.Run("all is well", func(t *testing.T) {
		s.everyFormat(t, 0, "EI903")
		s.everyFormat(t, 1, "EI903", "--fail-on", "warn")
	})
	t.Run("no rights", func(t *testing.T) { s.everyFormat(t, 3, "not allowed", "--as", "nobody") })
	t.Run("no right to Secrets", func(t *testing.T) { limitedRole(t, s) })
	t.Run("chosen checks", func(t *testing.T) { chosenChecks(t, s) })
	t.Run("what is known may stay", func(t *testing.T) { acknowledged(t, s) })
	t.Run("on a terminal", func(t *testing.T) { doctorOnTerminals(t, s) })
	before := s.report(t, 0)
	t.Run("a watch", func(t *testing.T) { doctorWatch(t, s) })
	s.control(t, "fault", "wrong-client-secret")
	eventually(t, s, 1, "EI31")
	t.Run("all is ill", func(t *testing.T) {
		s.everyFormat(t, 1, "EI31")
		s.everyFormat(t, 0, "EI31", "--fail-on", "never")
		s.run(t, "doctor", "--skip", "EI3xx,EI7xx,EI8xx").expect(t, 0, "0 failed")
	})
	t.Run("what has changed", func(t *testing.T) {
		s.run(t, "doctor", "--since", before).expect(t, 1, "Since the earlier report:", "EI702  the store is ready: ClusterSecretStore "+storeName+": pass -> fail (EI31")
		s.everyFormat(t, 1, "EI31", "--since", before)
		s.run(t, "doctor", "--since", s.report(t, 1)).expect(t, 1, "nothing has changed")
	})
	t.Run("wrong usage in every format", func(t *testing.T) { wrongUsage(t, s) })
}

// everyFormat sees that each can be read, tells of what is to be told and comes with the same exit code.
func (s *sandbox) everyFormat(t *testing.T, code int, text string, more ...string) {
	t.Helper()
	for _, format := range doctorFormats {
		r := s.run(t, append([]string{"doctor", "-o", format}, more...)...)
		r.expect(t, code, text)
		switch format {
		case "json":
			keepsToSchema(t, "doctor-report.json", []byte(r.out))
		case "yaml":
			keepsToSchema(t, "doctor-report.json", asJSON(t, r.out))
		case "junit":
			if suites := junitSuites(t, r.out); len(suites) != 1 {
				t.Errorf("suites %q", suites)
			}
		case "sarif":
			if runs := sarifRuns(t, r.out); runs != 1 {
				t.Errorf("%d runs", runs)
			}
		case "html":
			isPage(t, r.out)
		}
		if strings.Contains(r.out, "\x1b") {
			t.Errorf("-o %s: there are colours in a pipe", format)
		}
	}
}

// report writes the doctor's document to a file.
func (s *sandbox) report(t *testing.T, code int) string {
	t.Helper()
	r := s.run(t, "doctor", "-o", "json")
	r.expect(t, code)
	path := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(path, []byte(r.out), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// summary is that of the document of a run.
func (s *sandbox) summary(t *testing.T, code int, args ...string) (passed, unknown, acknowledged int) {
	t.Helper()
	r := s.run(t, append([]string{"doctor", "-o", "json"}, args...)...)
	r.expect(t, code)
	var d struct {
		Summary struct{ Passed, Unknown, Acknowledged int }
	}
	if err := json.Unmarshal([]byte(r.out), &d); err != nil {
		t.Fatal(err)
	}
	return d.Summary.Passed, d.Summary.Unknown, d.Summary.Acknowledged
}

// limitedRole is somebody who may look at much, but at no Secret: what that shows passes, and the rest is unknown.
func limitedRole(t *testing.T, s *sandbox) {
	client := s.typed(t).RbacV1()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "no-secrets"}, Rules: []rbacv1.PolicyRule{
		{Verbs: []string{"get", "list"}, APIGroups: []string{"external-secrets.io", "apps", "apiextensions.k8s.io", "admissionregistration.k8s.io", "discovery.k8s.io"}, Resources: []string{"*"}},
		{Verbs: []string{"get", "list"}, APIGroups: []string{""}, Resources: []string{"pods", "services", "configmaps", "events", "namespaces"}}}}
	if _, err := client.ClusterRoles().Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "no-secrets"}, RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "no-secrets"},
		Subjects: []rbacv1.Subject{{Kind: "User", APIGroup: "rbac.authorization.k8s.io", Name: "reader"}}}
	if _, err := client.ClusterRoleBindings().Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	passed, unknown, _ := s.summary(t, 3, "--as", "reader")
	nothing, all, _ := s.summary(t, 3, "--as", "nobody")
	if passed <= nothing || unknown == 0 {
		t.Errorf("%d passed and %d are unknown; without any right it is %d and %d", passed, unknown, nothing, all)
	}
	s.everyFormat(t, 3, "not allowed", "--as", "reader")
}

func chosenChecks(t *testing.T, s *sandbox) {
	all, _, _ := s.summary(t, 0)
	layer, _, _ := s.summary(t, 0, "--only", "EI2xx")
	less, _, _ := s.summary(t, 0, "--skip", "EI2xx")
	one, _, _ := s.summary(t, 0, "--only", "ei702")
	if one != 1 || layer <= one || less >= all || layer >= all {
		t.Errorf("all %d, one layer %d, without that layer %d, one %d", all, layer, less, one)
	}
	for _, format := range []string{"wide", "json", "junit", "markdown", "html"} {
		s.run(t, "doctor", "--only", "EI702", "-o", format).expect(t, 0, "EI702")
	}
}

func acknowledged(t *testing.T, s *sandbox) {
	file := func(expires time.Time) string {
		path := filepath.Join(t.TempDir(), "ack.yaml")
		var list strings.Builder
		for _, code := range []string{"EI903", "EI231", "EI261"} {
			fmt.Fprintf(&list, "- {code: %s, reason: a test, expires: %q}\n", code, expires.Format(time.DateOnly))
		}
		if err := os.WriteFile(path, []byte("acknowledged:\n"+list.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	valid, over := file(time.Now().AddDate(0, 1, 0)), file(time.Now().AddDate(0, -1, 0))
	if _, _, known := s.summary(t, 0, "--ack", valid, "--fail-on", "warn"); known < 3 {
		t.Errorf("%d are known", known)
	}
	s.everyFormat(t, 0, "EI903", "--ack", valid, "--fail-on", "warn")
	s.everyFormat(t, 1, "EI903", "--ack", over, "--fail-on", "warn")
	s.run(t, "doctor", "--ack", over).expect(t, 0, "note: The acknowledgement of EI903 expired on ")
}

func doctorWatch(t *testing.T, s *sandbox) {
	run := s.prepare(t.Context(), "doctor", "--watch")
	var out transcript
	run.Stdout = &out
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	out.await(t, "0 failed")
	s.asks(t, "watched", "ClusterSecretStore", storeName, "NO_SUCH_KEY")
	out.await(t, "-> fail (EI606)")
	s.forget(t, "watched")
	out.await(t, "fail (EI606) -> ")
	if err := run.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	run.finish(t).expect(t, 130)
	if strings.Contains(out.String(), "\x1b") || strings.Count(out.String(), "0 failed") != 1 {
		t.Errorf("what is written off a terminal is not appended only:\n%s", &out)
	}
}

func wrongUsage(t *testing.T, s *sandbox) {
	for _, args := range [][]string{{"--nope"}, {"--only", "EI421"}, {"--fail-on", "x"}, {"--timeout", "soon"}, {"--since", "/absent"}, {"--watch"}, {"EI310"}} {
		for _, format := range []string{"json", "yaml"} {
			r := s.run(t, append([]string{"doctor", "-o", format}, args...)...)
			r.expect(t, 2, "error: ")
			document := []byte(r.out)
			if format == "yaml" {
				document = asJSON(t, r.out)
			}
			var d struct {
				APIVersion, Kind string
				Error            struct{ Message string }
			}
			if err := json.Unmarshal(document, &d); err != nil || d.APIVersion != "eso-infisical.dev/v1alpha1" || d.Kind == "" || d.Error.Message == "" {
				t.Errorf("%v as %s: %v, %s", args, format, err, r.out)
			}
		}
	}
}
