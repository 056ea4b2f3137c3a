package setup

import (
	"net/http"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestAProvisionKilledAnywhereIsCompleted(t *testing.T) {
	for name, change := range map[string]func(*provider){
		"2024":                   func(p *provider) { p.server.Old = true },
		"2026":                   func(*provider) {},
		"environment only, 2024": func(p *provider) { p.server.Old = true; p.Desired.MachineIdentity.EnvironmentOnly = true },
		"environment only, 2026": func(p *provider) { p.Desired.MachineIdentity.EnvironmentOnly = true },
	} {
		t.Run(name, func(t *testing.T) {
			n := 1
			for ; killedProvision(t, n, change); n++ {
			}
			t.Logf("killed at each of %d requests", n-1)
			if n < 6 {
				t.Errorf("it has %d requests that change something", n-1)
			}
		})
	}
}

// killedProvision makes an identity, is killed at the nth request that changes something, and lets the next run complete it. It reports
// false where the first run has ended before.
func killedProvision(t *testing.T, n int, change func(*provider)) bool {
	t.Helper()
	p, killer := newProvider(t), &clustertest.Killer{}
	change(p)
	p.server.Before = func(r *http.Request) int {
		if killer.Dead(r.Method != http.MethodGet) {
			return http.StatusInternalServerError
		}
		return 0
	}
	killer.Guard(&p.dynamic.Fake)
	killer.Guard(&p.typed.Fake)
	killer.KillAt(n)
	_, first := p.provision(t, false)
	killed := killer.Disarm()
	if !killed && first != nil {
		t.Fatal(first)
	}
	if _, err := p.provision(t, false); err != nil {
		t.Fatalf("killed at request %d (%v), then: %v", n, first, err)
	}
	// A killed run's token ends by itself.
	p.server.ForgetTokens()
	p.expectOne(t)
	if again, err := p.provision(t, false); err != nil || again.Outcome != kube.Unchanged {
		t.Errorf("killed at request %d: the run after the next: %s, %v", n, again.Result, err)
	}
	return killed
}
