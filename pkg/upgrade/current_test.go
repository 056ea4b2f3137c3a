package upgrade

import (
	"strings"
	"testing"
	"testing/synctest"

	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

func TestAnOutdatedPlanIsNotCarriedOut(t *testing.T) {
	tests := []struct {
		name      string
		meanwhile func(*testing.T, *cluster)
		text      string
		left      bool
	}{
		{"somebody has upgraded", func(_ *testing.T, c *cluster) { c.releases.add("1.5.0", nil) }, "was 1, deployed, and is 2, deployed", false},
		{"somebody is at work on it", func(_ *testing.T, c *cluster) {
			c.releases.history[0].Status, c.releases.history[0].RawStatus = helm.Pending, "pending-rollback"
		},
			"is 1, pending-rollback", false},
		{"it was uninstalled", func(_ *testing.T, c *cluster) { c.releases.history = nil }, "is 0, gone", false},
		{"another run has begun and was killed", func(t *testing.T, c *cluster) { c.killed(t, journal{Good: 1, Next: 2, Step: stepMigrate}) }, "left its journal", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t)
				plan, err := c.Plan(t.Context(), request(t, "2.0.0"))
				if err != nil {
					t.Fatal(err)
				}
				tt.meanwhile(t, c)
				got, err := c.Apply(t.Context(), plan)
				if codeOf(err) != "EI287" || !strings.Contains(err.Error(), tt.text) || got.Outcome != Refused || c.releases.calls != nil {
					t.Errorf("%+v, %v, calls %q", got, err, c.releases.calls)
				}
				if left := c.journalLeft(t); (left != nil) != tt.left || c.kept(t) {
					t.Errorf("journal %+v, definitions marked %v", left, c.kept(t))
				}
			})
		})
	}
}

// What comes between the plan and Helm may take minutes.
func TestWhatChangesBeforeHelmBeginsStopsIt(t *testing.T) {
	c := newCluster(t)
	plan, err := c.Plan(t.Context(), request(t, "2.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	c.dynamic.PrependReactor("patch", "customresourcedefinitions", func(clienttesting.Action) (bool, runtime.Object, error) {
		if len(c.releases.history) == 1 {
			c.releases.add("1.5.0", nil)
		}
		return false, nil, nil
	})
	got, err := c.Apply(t.Context(), plan)
	if codeOf(err) != "EI287" || got.Outcome != Refused || c.releases.calls != nil || c.journalLeft(t) != nil {
		t.Errorf("%+v, %v, calls %q", got, err, c.releases.calls)
	}
}
