//go:build e2e && linux

package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// infisicalAlone starts an Infisical double without a cluster, with two projects.
func infisicalAlone(t *testing.T, era string) *sandbox {
	t.Helper()
	s := &sandbox{name: "alone", Dir: t.TempDir(), Kubeconfig: filepath.Join(t.TempDir(), "absent")}
	double := exec.CommandContext(t.Context(), sandboxBinary, "infisical", "--era", era)
	double.Env = append(os.Environ(), "TMPDIR="+s.Dir)
	double.Cancel = func() error { return double.Process.Signal(os.Interrupt) }
	double.WaitDelay = time.Minute
	out, err := double.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := double.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = double.Wait() })
	var at struct{ URL, CAFile, AdminToken string }
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&at); err != nil {
		t.Fatal(err)
	}
	s.canaries = []string{at.AdminToken}
	s.Infisical.URL, s.Infisical.CAFile, s.Infisical.AdminTokenFile = at.URL, at.CAFile, file(t, at.AdminToken)
	admin := administer(t, s)
	for name, slug := range map[string]string{"Archon Platform": "archon-platform", "Web shop": "web-shop"} {
		admin.call(t, http.MethodPost, "/api/v2/workspace", map[string]string{"projectName": name, "slug": slug, "organizationSlug": "x"}, &struct{}{})
	}
	return s
}

// converse answers questions in turn: of each pair, the first is what is awaited behind the last, and the second what is typed.
func (a *asked) converse(t *testing.T, pairs ...string) {
	t.Helper()
	from := 0
	for i := 0; i+1 < len(pairs); i += 2 {
		for end := time.Now().Add(time.Minute); !strings.Contains(a.shown.String()[from:], pairs[i]); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the run never asked %q behind\n%s\nbut\n%s", pairs[i], a.shown.String()[:from], a.shown.String()[from:])
			}
		}
		from += strings.Index(a.shown.String()[from:], pairs[i]) + len(pairs[i])
		if _, err := a.person.WriteString(pairs[i+1] + "\n"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestInit sits before a terminal and writes Setup files. No cluster is there.
func TestInit(t *testing.T) {
	t.Parallel()
	for _, era := range []string{"2024", "2026"} {
		t.Run("from a list, "+era, func(t *testing.T) { initFromAList(t, infisicalAlone(t, era)) })
	}
	t.Run("by fingerprint", initByFingerprint)
	t.Run("interrupted", func(t *testing.T) {
		s, path := nobody(t)
		term := s.onTerminal(t, "init", "-f", path)
		term.shown.await(t, "Infisical's address")
		if _, err := term.person.Write([]byte{3}); err != nil { // Ctrl-C
			t.Fatal(err)
		}
		_ = term.Wait()
		if code := term.ProcessState.ExitCode(); code != 130 {
			t.Errorf("exit code %d", code)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("a file was written")
		}
	})
}

// nobody is a machine without cluster and Infisical, and a Setup file to be written on it.
func nobody(t *testing.T) (s *sandbox, path string) {
	t.Helper()
	return &sandbox{name: "nobody", Dir: t.TempDir(), Kubeconfig: filepath.Join(t.TempDir(), "absent")}, filepath.Join(t.TempDir(), "setup.yaml")
}

func initFromAList(t *testing.T, s *sandbox) {
	path := filepath.Join(t.TempDir(), "setup.yaml")
	term := s.onTerminal(t, append([]string{"init", "-f", path}, s.admin()...)...)
	term.converse(t,
		"Infisical's address", "nonsense",
		"That must be an address", s.Infisical.URL,
		"File with the CA certificate", filepath.Join(s.Dir, "absent"), // the double sends no more than its own certificate
		"File with the CA certificate (empty for none)", s.Infisical.CAFile,
		"Web shop", "9",
		"none of these", "1",
		"Environment, by its number or slug [prod]", "staging",
		"Folder in the environment [/]", "app",
		"That must begin with a slash", "/app",
		"Name of a secret there that proves the store", "DASHSCOPE_API_KEY",
		"Client ID of the machine identity", "",
		"File with its client secret", "secret.txt",
		"Another store", "y",
		"Project, by its number or slug", "archon-platform",
		"Environment, by its number or slug [prod]", "",
		"Folder in the environment [/]", "",
		"Name of the store [infisical-archon-platform-prod]", "",
		"Name of a secret there", "",
		"Kubernetes Secret that it logs in with [infisical-eso-creds]", "",
		"Another store", "y",
		"Project, by its number or slug", "web shop",
	)
	term.converse(t, "Environment, by its number or slug [prod]", "") // of the first one: what is typed ahead is read later
	term.answer(t, "\n\ntheirs\n\n\nn", path+" written").expect(t, 0, "up -f "+path)

	dir := t.TempDir()
	r := s.run(t, "export", "plain", "-f", path, "--dir", dir)
	r.expect(t, 0)
	stores := read(t, filepath.Join(dir, "20-store.yaml"))
	for _, text := range []string{"name: infisical-archon-platform\n", "name: infisical-archon-platform-prod\n", "name: infisical-web-shop\n", "environmentSlug: staging", "secretsPath: /app", "name: theirs"} {
		if !strings.Contains(stores, text) {
			t.Errorf("%q is missing in\n%s", text, stores)
		}
	}
	s.run(t, "init", "-f", path, "--host", s.Infisical.URL, "--project", "web-shop").expect(t, 2, "--overwrite")
}

// initByFingerprint takes the CA from a server that presents all of its chain.
func initByFingerprint(t *testing.T) {
	root := issue(t, nil, authority("Example Root"))
	host := serving(t, nil, issue(t, &root, server("127.0.0.1")), root)
	s, path := nobody(t)
	beside := filepath.Join(filepath.Dir(path), "infisical-ca.crt")

	term := s.onTerminal(t, "init", "-f", path, "--host", host, "--project", "p", "--environment", "dev", "--path", "/", "--key", "K", "--client-id", "01234567-aaaa-4bbb-8ccc-0123456789ab")
	term.converse(t, "[y/N]", "n", "File with the CA certificate", "", "File with its client secret", "", "Another store", "n")
	term.shown.await(t, path+" written")
	if _, err := os.Stat(beside); err == nil || strings.Contains(read(t, path), "\n  caFile:") {
		t.Error("a CA was written that nobody has confirmed")
	}

	term = s.onTerminal(t, "init", "-f", path, "--overwrite", "--host", host, "--project", "p", "--environment", "dev", "--path", "/", "--key", "K", "--client-id", "01234567-aaaa-4bbb-8ccc-0123456789ab")
	term.converse(t, "would be trusted", "y", "File with its client secret", "", "Another store", "n")
	term.shown.await(t, path+" written")
	if read(t, beside) != strings.TrimSpace(root.pem()) || !strings.Contains(read(t, path), "\n  caFile: infisical-ca.crt\n") {
		t.Errorf("the CA is not the one that was confirmed:\n%s", read(t, path))
	}

	path = filepath.Join(t.TempDir(), "setup.yaml")
	off := []string{"init", "-f", path, "--host", host, "--project", "p", "--from-server"}
	s.run(t, off...).expect(t, 2, "--fingerprint", "CN=Example Root")
	s.run(t, append(off, "--fingerprint", root.fingerprint())...).expect(t, 0, path+" written", "infisical-ca.crt written")
}
