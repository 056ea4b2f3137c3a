package upgrade

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

func revision(n int, status helm.Status, version string, ours bool) helm.Release {
	return helm.Release{Name: "external-secrets", Revision: n, Status: status, RawStatus: string(status), ChartVersion: version, Ours: ours, Updated: time.Now()}
}

func TestPlaceFindsTheWayBack(t *testing.T) {
	superseded := helm.Other
	tests := []struct {
		name    string
		history []helm.Release
		journal *journal
		// want is the revision to go back to, base the one whose values stay.
		want, base int
		from       string
		resumes    bool
		stale      bool
		blocked    cause.Code
	}{
		{name: "one that is deployed", history: []helm.Release{revision(1, helm.Deployed, "1.0.0", false)}, want: 1, base: 1, from: "1.0.0"},
		{name: "somebody's upgrade has failed after it",
			history: []helm.Release{revision(1, helm.Deployed, "1.0.0", true), revision(2, helm.Failed, "2.0.0", false)}, want: 1, base: 1, from: "1.0.0"},
		{name: "nothing ever worked", history: []helm.Release{revision(1, helm.Failed, "1.0.0", true)}, want: 0, base: 1, from: "1.0.0"},
		{name: "somebody is at work on it",
			history: []helm.Release{revision(1, helm.Deployed, "1.0.0", true), revision(2, helm.Pending, "2.0.0", false)}, want: 1, base: 1, from: "1.0.0", blocked: "EI287"},
		{name: "killed before Helm", history: []helm.Release{revision(3, helm.Deployed, "1.0.0", false)},
			journal: &journal{Good: 3, Next: 4, Step: stepMigrate}, want: 3, base: 3, from: "1.0.0", resumes: true},
		{name: "killed within Helm", history: []helm.Release{revision(3, helm.Deployed, "1.0.0", false), revision(4, helm.Pending, "2.0.0", true)},
			journal: &journal{Good: 3, Next: 4, Step: stepApply}, want: 3, base: 4, from: "1.0.0", resumes: true},
		{name: "killed before the proof", history: []helm.Release{revision(3, superseded, "1.0.0", false), revision(4, helm.Deployed, "2.0.0", true)},
			journal: &journal{Good: 3, Next: 4, Step: stepProve}, want: 3, base: 4, from: "1.0.0", resumes: true},
		{name: "killed within the rollback, whose revision has no mark yet",
			history: []helm.Release{revision(3, superseded, "1.0.0", true), revision(4, superseded, "2.0.0", true), revision(5, helm.Pending, "1.0.0", false)},
			journal: &journal{Good: 3, Next: 5, Step: stepRollBack}, want: 3, base: 5, from: "1.0.0", resumes: true},
		{name: "somebody has deployed another since", history: []helm.Release{revision(3, superseded, "1.0.0", false), revision(4, superseded, "2.0.0", true),
			revision(5, helm.Deployed, "1.5.0", false)}, journal: &journal{Good: 3, Next: 4, Step: stepProve}, want: 5, base: 5, from: "1.5.0", stale: true},
		{name: "somebody has deployed the very number that was to come", history: []helm.Release{revision(3, superseded, "1.0.0", false), revision(4, helm.Deployed, "1.5.0", false)},
			journal: &journal{Good: 3, Next: 4, Step: stepApply}, want: 4, base: 4, from: "1.5.0", stale: true},
		{name: "Helm has dropped the revision to go back to", history: []helm.Release{revision(9, helm.Deployed, "2.0.0", true)},
			journal: &journal{Good: 3, Next: 9, Step: stepProve}, want: 0, base: 9, from: "2.0.0", resumes: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &Plan{Release: "external-secrets", earlier: tt.journal}
			if p.earlier != nil {
				p.earlier.Release = "external-secrets"
			}
			p.place(tt.history)
			if p.WayBack != tt.want || p.base.Revision != tt.base || p.From != tt.from || (p.earlier != nil) != tt.resumes || (p.Resumes != "") != tt.resumes {
				t.Errorf("way back %d, values of %d, from %s, resumes %q", p.WayBack, p.base.Revision, p.From, p.Resumes)
			}
			dropped := slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "is dropped") })
			if dropped != tt.stale {
				t.Errorf("warnings %q", p.Warnings)
			}
			if err := p.Err(); (err != nil) != (tt.blocked != "") || err != nil && p.Blockers[0].Code != tt.blocked {
				t.Errorf("blockers %+v", p.Blockers)
			}
		})
	}
}

func TestTheJournalOfAnotherReleaseIsDropped(t *testing.T) {
	p := &Plan{Release: "external-secrets", earlier: &journal{Release: "other", Good: 1, Next: 2}}
	p.place([]helm.Release{revision(1, helm.Deployed, "1.0.0", true)})
	if p.earlier != nil || p.Resumes != "" || len(p.Warnings) != 1 {
		t.Errorf("%+v", p)
	}
}

func TestDowngradesAreNotSilent(t *testing.T) {
	tests := []struct {
		from, to         string
		allowed, blocked bool
		downgrade        bool
	}{
		{"1.3.2", "2.4.1", false, false, false},
		{"2.4.1", "2.4.1", false, false, false},
		{"2.4.1", "2.4.0", false, true, true},
		{"2.4.1", "2.4.0", true, false, true},
		{"0.20.4", "0.9.20", false, true, true},
		{"not a version", "1.0.0", false, false, false},
	}
	for _, tt := range tests {
		p := &Plan{From: tt.from, To: tt.to, request: Request{AllowDowngrade: tt.allowed}}
		p.compareVersions()
		if p.Downgrade != tt.downgrade || (p.Err() != nil) != tt.blocked {
			t.Errorf("%s to %s: downgrade %v, %v", tt.from, tt.to, p.Downgrade, p.Err())
		}
	}
}

func TestValuesOfAnInterruptedRunAreAskedFor(t *testing.T) {
	early := &Plan{earlier: &journal{Good: 3, ValueKeys: []string{"a.b", "c"}}, last: revision(3, helm.Deployed, "1.0.0", true), ValuesChanged: []Value{{Path: "c"}}}
	early.missedValues()
	if len(early.Warnings) != 1 || !strings.Contains(early.Warnings[0], "[a.b]") {
		t.Errorf("killed before Helm: %q", early.Warnings)
	}
	late := &Plan{earlier: &journal{Good: 3, ValueKeys: []string{"a.b"}}, last: revision(4, helm.Pending, "2.0.0", true)}
	if late.missedValues(); len(late.Warnings) != 0 {
		t.Errorf("the revision has the values: %q", late.Warnings)
	}
}
