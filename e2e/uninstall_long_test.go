//go:build e2e && long

package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUninstallSurvivesKills kills an uninstall that keeps the Secrets at one request after the other that changes something, every few of
// them, and runs it again each time: the second run ends what the first has begun, and no Secret is lost.
func TestUninstallSurvivesKills(t *testing.T) {
	s := start(t, "uninstallkill")
	i := intercept(t, s)
	const step = 9 // The first forty or so ask for rights, the last ones are Helm's.
	for n, when := 5, before; ; n, when = n+step, 1-when {
		s.mustRun(t, s.up()...)
		s.mustRun(t, "cleanup") // which waits until the namespace of up's test is gone
		s.openShop(t)
		kept := s.secretPrints(t, shopSecrets...)
		request, killed := i.killAt(t, s, n, when, "uninstall", "--keep-secrets", "--yes")
		if !killed {
			if n == 5 {
				t.Fatal("the run was never killed")
			}
			return
		}
		t.Logf("killed %s request %d, %s", when, n, request)
		s.run(t, "uninstall", "--keep-secrets", "--yes").expect(t, 0)
		s.run(t, "uninstall", "--yes").expect(t, 0, "there is nothing to uninstall")
		if diff := cmp.Diff(kept, s.secretPrints(t, shopSecrets...)); diff != "" {
			t.Errorf("killed %s request %d, %s: Secrets have changed:\n%s", when, n, request, diff)
		}
		gone(t, s.client(t), "namespaces", "", "external-secrets")
		if left := s.names(t, resources["externalsecrets"]); len(left) > 0 {
			t.Errorf("killed %s request %d, %s: ExternalSecrets are left: %v", when, n, request, left)
		}
		if t.Failed() {
			return
		}
	}
}

// TestUninstallWithADeadWebhook lets ESO's controller run and its webhook not, which then refuses all that is written of ESO's.
func TestUninstallWithADeadWebhook(t *testing.T) {
	s := start(t, "uninstalldead")
	s.mustRun(t, s.up()...)
	s.openShop(t)
	s.mustRun(t, "cleanup")
	s.scale(t, "external-secrets-webhook", 0)
	s.waitUntil(t, "it does not answer", func() bool { return s.run(t, "uninstall", "--dry-run", "--keep-secrets").code != 0 })
	kept, before := s.secretPrints(t, shopSecrets...), s.everything(t)
	s.run(t, "uninstall", "--keep-secrets", "--yes").expect(t, 1, "ESO's webhook is asked before", "--force-finalizers")
	if diff := cmp.Diff(before, s.everything(t)); diff != "" {
		t.Errorf("objects have changed:\n%s", diff)
	}
	s.run(t, "uninstall", "--keep-secrets", "--force-finalizers", "--yes").expect(t, 0, "release/external-secrets uninstalled", "kept: 4 Secrets that ESO has written")
	if diff := cmp.Diff(kept, s.secretPrints(t, shopSecrets...)); diff != "" || len(kept) != len(shopSecrets) {
		t.Errorf("Secrets have changed:\n%s", diff)
	}
	s.run(t, "uninstall", "--yes").expect(t, 0, "there is nothing to uninstall")
}
