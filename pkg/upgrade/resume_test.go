package upgrade

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// killed leaves the journal of a run that is dead: nobody shows a sign of life any more.
func (c *cluster) killed(t *testing.T, j journal) {
	t.Helper()
	j.Release, j.To = "external-secrets", "2.0.0"
	book, err := c.open(t.Context(), "external-secrets", j, anyState)
	if err != nil {
		t.Fatal(err)
	}
	book.close()
}

func anyState(*journal) error { return nil }

var theStore = Store{Kind: "ClusterSecretStore", Name: "s", ExternalSecret: "apps/a"}

func TestAKilledRunIsCompleted(t *testing.T) {
	asked := map[string]any{"replicaCount": 3, "crds": keepDefinitions["crds"]}
	failed, made := revision(2, helm.Pending, "2.0.0", true), revision(2, helm.Deployed, "2.0.0", true)
	failed.Values, made.Values, made.Deployments = asked, asked, []string{"external-secrets"}
	tests := []struct {
		name    string
		journal journal
		more    []helm.Release
		calls   []string
		values  map[string]any
	}{
		{"before Helm", journal{Good: 1, Next: 2, Step: stepMigrate, Stores: []Store{theStore}}, nil, []string{"upgrade"}, keepDefinitions},
		{"within Helm, with values that only its revision has", journal{Good: 1, Next: 2, Step: stepApply, Stores: []Store{theStore}},
			[]helm.Release{failed}, []string{"upgrade"}, asked},
		{"before the proof", journal{Good: 1, Next: 2, Step: stepProve, Stores: []Store{theStore}}, []helm.Release{made}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t)
				c.releases.history = append(c.releases.history, tt.more...)
				if len(tt.more) > 0 && tt.more[0].Status == helm.Deployed {
					c.releases.history[0].Status = helm.Other
				}
				c.killed(t, tt.journal)
				got, err := c.upgrade(t, request(t, "2.0.0"))
				if err != nil || got.Outcome != Upgraded || got.From != "1.0.0" || !got.Stores[0].Synced {
					t.Fatalf("%+v, %v", got, err)
				}
				if diff := cmp.Diff(tt.calls, c.releases.calls); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(tt.values, c.releases.values); diff != "" {
					t.Error(diff)
				}
				if j := c.journalLeft(t); j != nil {
					t.Errorf("a journal is left: %+v", j)
				}
			})
		})
	}
}

// A store that was ready before the killed run must be ready after the one that completes it, whatever it is between.
func TestAResumedRunKnowsWhatWasReady(t *testing.T) { synctest.Test(t, aResumedRunKnowsWhatWasReady) }

func aResumedRunKnowsWhatWasReady(t *testing.T) {
	c := newCluster(t)
	made := revision(2, helm.Deployed, "2.0.0", true)
	made.Values, made.Deployments = keepDefinitions, []string{"external-secrets"}
	c.releases.history = append(c.releases.history, made)
	c.releases.history[0].Status = helm.Other
	c.ready, c.reason, c.message = "False", "InvalidProviderConfig", "an answer nobody knows"
	if err := (Store{Name: "s"}).key().Touch(t.Context(), c.dynamic); err != nil {
		t.Fatal(err)
	}
	c.killed(t, journal{Good: 1, Next: 2, Step: stepProve, Stores: []Store{theStore}})
	c.releases.rollsBackTo(c)
	got, err := c.upgrade(t, request(t, "2.0.0"))
	if codeOf(err) != "EI284" || got.Outcome != RolledBack || got.Rollback.To != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAKilledRollbackIsCompleted(t *testing.T) {
	back := revision(3, helm.Deployed, "1.0.0", true)
	back.Deployments = []string{"external-secrets"}
	tests := []struct {
		name  string
		last  helm.Release
		calls []string
	}{
		{"before Helm", revision(2, helm.Deployed, "2.0.0", true), []string{"rollback 1"}},
		{"within Helm", revision(3, helm.Pending, "1.0.0", false), []string{"rollback 1"}},
		{"before the proof", back, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t)
				c.releases.history[0].Status = helm.Other
				if tt.last.Revision == 3 {
					c.releases.history = append(c.releases.history, revision(2, helm.Other, "2.0.0", true))
				}
				c.releases.history = append(c.releases.history, tt.last)
				c.killed(t, journal{Good: 1, Next: 3, Step: stepRollBack, Failure: "a pod did not start", Stores: []Store{theStore}})
				got, err := c.upgrade(t, request(t, "2.0.0"))
				if codeOf(err) != "EI284" || !strings.Contains(err.Error(), "a pod did not start") || got.Outcome != RolledBack {
					t.Errorf("%+v, %v", got, err)
				}
				if diff := cmp.Diff(tt.calls, c.releases.calls); diff != "" || c.journalLeft(t) != nil {
					t.Errorf("%s, journal %+v", diff, c.journalLeft(t))
				}
			})
		})
	}
}

func TestWithoutAWayBackNothingIsRolledBack(t *testing.T) {
	synctest.Test(t, withoutAWayBackNothingIsRolledBack)
}

func withoutAWayBackNothingIsRolledBack(t *testing.T) {
	c := newCluster(t)
	made := revision(9, helm.Deployed, "2.0.0", true)
	made.Values, made.Deployments = keepDefinitions, []string{"external-secrets"}
	c.releases.history = []helm.Release{made}
	c.ready, c.reason, c.message = "False", "InvalidProviderConfig", "an answer nobody knows"
	c.killed(t, journal{Good: 3, Next: 9, Step: stepProve, Stores: []Store{theStore}})
	plan, err := c.Plan(t.Context(), request(t, "2.0.0"))
	if err != nil || plan.WayBack != 0 || !strings.Contains(strings.Join(plan.Warnings, "\n"), "there is no way back") {
		t.Fatalf("%+v, %v", plan, err)
	}
	got, err := c.Apply(t.Context(), plan)
	if codeOf(err) != "EI285" || !strings.Contains(err.Error(), "no revision to go back to") || got.Rollback != nil || c.releases.calls != nil {
		t.Errorf("%+v, %v, calls %q", got, err, c.releases.calls)
	}
}

func TestARunThatIsAliveIsLeftAlone(t *testing.T) { synctest.Test(t, aRunThatIsAliveIsLeftAlone) }

func aRunThatIsAliveIsLeftAlone(t *testing.T) {
	c := newCluster(t)
	plan, err := c.Plan(t.Context(), request(t, "2.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	alive, err := c.open(t.Context(), "external-secrets", plan.newJournal(), anyState)
	if err != nil {
		t.Fatal(err)
	}
	defer alive.close()
	got, err := c.Apply(t.Context(), plan)
	if codeOf(err) != "EI287" || !strings.Contains(err.Error(), "the test") || c.releases.calls != nil || got.Outcome != Refused {
		t.Errorf("%+v, %v", got, err)
	}
	if c.journalLeft(t) == nil {
		t.Error("the journal of the run that is alive has gone")
	}
}

func TestADeadRunIsNotWaitedForLong(t *testing.T) { synctest.Test(t, aDeadRunIsNotWaitedForLong) }

func aDeadRunIsNotWaitedForLong(t *testing.T) {
	c := newCluster(t)
	c.killed(t, journal{Good: 1})
	for _, tt := range []struct{ since, atMost time.Duration }{{0, silence + time.Second}, {time.Hour, time.Second}} {
		time.Sleep(tt.since)
		start := time.Now()
		book, err := c.open(t.Context(), "external-secrets", journal{Good: 1}, anyState)
		if err != nil {
			t.Fatal(err)
		}
		book.close()
		if took := time.Since(start); took > tt.atMost {
			t.Errorf("dead since %s: it took %s", tt.since, took)
		}
	}
}

func TestTheJournalOfARunThatHasTakenOverStays(t *testing.T) {
	synctest.Test(t, theJournalOfARunThatHasTakenOverStays)
}

func theJournalOfARunThatHasTakenOverStays(t *testing.T) {
	c := newCluster(t)
	asleep, err := c.open(t.Context(), "external-secrets", journal{Good: 1}, anyState)
	if err != nil {
		t.Fatal(err)
	}
	asleep.close()
	other := *c.Upgrader
	other.Holder = "another"
	awake, err := other.open(t.Context(), "external-secrets", journal{Good: 1}, anyState)
	if err != nil {
		t.Fatal(err)
	}
	if err := asleep.done(t.Context()); err != nil || c.journalLeft(t) == nil {
		t.Errorf("the other run's journal is gone, %v", err)
	}
	if err := awake.done(t.Context()); err != nil || c.journalLeft(t) != nil {
		t.Errorf("its own is left, %v", err)
	}
}

func TestAnInterruptedRunLeavesAllToTheNext(t *testing.T) {
	synctest.Test(t, anInterruptedRunLeavesAllToTheNext)
}

func anInterruptedRunLeavesAllToTheNext(t *testing.T) {
	c := newCluster(t)
	ctx, interrupt := context.WithCancel(t.Context())
	c.releases.onUpgrade = interrupt
	c.releases.upgradeErr = context.Canceled
	plan, err := c.Plan(ctx, request(t, "2.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Apply(ctx, plan); !errors.Is(err, context.Canceled) || len(c.releases.calls) != 1 {
		t.Errorf("error %v, calls %q", err, c.releases.calls)
	}
	j := c.journalLeft(t)
	if j == nil || j.Step != stepApply || j.Good != 1 || j.Next != 2 || len(j.Stores) != 1 {
		t.Errorf("journal %+v", j)
	}
	c.releases.onUpgrade, c.releases.upgradeErr = nil, nil
	if got, err := c.upgrade(t, request(t, "2.0.0")); err != nil || got.Outcome != Upgraded {
		t.Errorf("the next run: %+v, %v", got, err)
	}
}

func TestTheJournalHoldsNoValue(t *testing.T) {
	c := newCluster(t)
	const canary = "canary-3d50"
	r := request(t, "2.0.0")
	r.Values = map[string]any{"database": map[string]any{"password": canary}}
	plan, err := c.Plan(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	c.killed(t, plan.newJournal())
	held, err := c.dynamic.Resource(configMaps).Namespace("external-secrets").Get(t.Context(), journalName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := held.MarshalJSON()
	if err != nil || strings.Contains(string(text), canary) || !strings.Contains(string(text), "database.password") {
		t.Errorf("journal %s, %v", text, err)
	}
}
