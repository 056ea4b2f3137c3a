//go:build e2e && long

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// killPoints are what the progress shows when the run is killed, in the order in which a run comes by.
var killPoints = []string{
	"plan: comparing the custom resource definitions",
	"upgrade: marking the custom resource definitions",
	"upgrade: rewriting externalsecrets.external-secrets.io",
	"upgrade: applying chart",
	"upgrade: waiting for external-secrets",
	"upgrade: waiting for pod",
	"upgrade: waiting for ESO to judge ClusterSecretStore infisical",
	"upgrade: syncing ExternalSecret",
}

// TestUpgradeKilledAnywhere kills upgrades there and back at ten points and more; the same command completes each, and no Secret notices.
func TestUpgradeKilledAnywhere(t *testing.T) {
	s := start(t, "upgrade-kill")
	s.installOlder(t, 30)
	before := s.appSecrets(t)
	secrets := s.watchSecrets(t)
	newer := true
	for _, text := range append(killPoints, "", "") {
		to, args := s.ChartVersion, []string{}
		if !newer {
			to, args = s.OlderChartVersion, []string{"--allow-downgrade"}
		}
		args = append([]string{"upgrade", "--repo", s.ChartRepo, "--version", to, "--no-backup", "--yes", "-o", "json"}, args...)
		if strings.Contains(text, "rewriting") {
			s.storeAsV1Beta1(t)
		}
		t.Run(fmt.Sprintf("to %s, killed at %q", to, text), func(t *testing.T) {
			s.killAt(t, args, text)
			s.converges(t, args, to)
		})
		if t.Failed() {
			t.FailNow()
		}
		newer = !newer
	}
	secrets.nothing(t, s)
	if diff := cmp.Diff(before, s.appSecrets(t)); diff != "" {
		t.Errorf("Secrets have changed:\n%s", diff)
	}
}

// TestRollbackKilled kills a run while it goes back; the next one completes that and says why.
func TestRollbackKilled(t *testing.T) {
	s := start(t, "rollback-kill")
	s.installOlder(t, 5)
	args := s.upgrade("--yes", "-o", "json", "--set", "image.repository=registry.invalid/no-such-image")
	s.killAt(t, args, "upgrade: it has failed; rolling back")
	r := s.run(t, args...)
	r.expect(t, 1, `"outcome": "rolled-back"`, "EI284", "an interrupted rollback")
	if got := s.syncedApps(t); got != 5 {
		t.Errorf("%d of 5 ExternalSecrets are synced", got)
	}
	gone(t, s.client(t), "configmaps", "external-secrets", "eso-infisical-upgrade")
}

// killAt starts a run and kills it as soon as its progress shows text, or, without text, three seconds after it has begun to change.
func (s *sandbox) killAt(t *testing.T, args []string, text string) {
	t.Helper()
	i := s.prepare(t.Context(), args...)
	shown := make(chan struct{})
	look := text
	if text == "" {
		look = "upgrade: "
	}
	i.Stderr = &until{buffer: &i.errOut, text: look, shown: shown}
	if err := i.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	var once sync.Once
	go func() {
		<-shown
		time.Sleep(map[bool]time.Duration{true: 3 * time.Second}[text == ""])
		once.Do(func() { _ = i.Process.Kill() })
	}()
	go func() { _, _ = i.Process.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(3 * time.Minute):
		_ = i.Process.Kill()
		t.Errorf("%q was never shown\n%s", text, i.errOut.String())
	}
}

// converges runs the same command until it has nothing more to do.
func (s *sandbox) converges(t *testing.T, args []string, to string) {
	t.Helper()
	for _, want := range []string{"upgraded", "unchanged"} {
		r := s.mustRun(t, args...)
		var doc struct{ Outcome, To string }
		if err := json.Unmarshal([]byte(r.out), &doc); err != nil || doc.To != to || doc.Outcome != want && doc.Outcome != "unchanged" {
			t.Fatalf("%+v, want %s, %v\n%v", doc, want, err, r)
		}
	}
	gone(t, s.client(t), "configmaps", "external-secrets", "eso-infisical-upgrade")
}
