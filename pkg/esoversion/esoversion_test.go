package esoversion

import (
	"slices"
	"testing"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-cmp/cmp"
)

func known(t *testing.T) Table {
	t.Helper()
	table, err := Known()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestTheTableIsWhole(t *testing.T) {
	table := known(t)
	if day, err := time.Parse(time.DateOnly, table.AsOf); err != nil || day.After(time.Now()) {
		t.Errorf("its date is %q, %v", table.AsOf, err)
	}
	versions := []string{table.Newest}
	for _, a := range table.Advisories {
		versions = append(versions, a.Fixed)
		if a.ID == "" || a.Summary == "" {
			t.Errorf("incomplete: %+v", a)
		}
	}
	var from []*semver.Version
	for _, k := range table.Kubernetes {
		versions = append(versions, k.From, k.Oldest, k.Newest)
		if v, err := semver.NewVersion(k.From); err == nil {
			from = append(from, v)
		}
	}
	for _, v := range versions {
		if _, err := semver.NewVersion(v); err != nil {
			t.Errorf("%q: %v", v, err)
		}
	}
	if !slices.IsSortedFunc(from, func(a, b *semver.Version) int { return a.Compare(b) }) {
		t.Error("the entries about Kubernetes are not in order")
	}
}

func TestOf(t *testing.T) {
	tests := []struct {
		version        string
		advisories     []string
		supported      bool
		oldest, newest string
	}{
		{"v0.9.0", []string{"CVE-2026-42876", "GHSA-77v3-r3jw-j2v2", "CVE-2024-45041"}, false, "", ""},
		{"1.1.9", []string{"CVE-2026-42876", "GHSA-77v3-r3jw-j2v2"}, false, "1.34", "1.34"},
		{"1.3.2", []string{"CVE-2026-42876"}, false, "1.34", "1.34"},
		{"2.4.0", []string{"CVE-2026-42876"}, false, "1.34", "1.35"},
		{"v2.4.1", nil, false, "1.34", "1.35"},
		{"2.9.3", nil, true, "1.35", "1.36"},
		{"3.0.0", nil, true, "", ""},
	}
	for _, tt := range tests {
		got, err := known(t).Of(tt.version)
		var ids []string
		for _, a := range got.Advisories {
			ids = append(ids, a.ID)
		}
		if diff := cmp.Diff(tt.advisories, ids); err != nil || diff != "" || got.Supported != tt.supported || got.Oldest != tt.oldest || got.Newest != tt.newest {
			t.Errorf("%s: %+v, %v %s", tt.version, got, err, diff)
		}
	}
	if _, err := known(t).Of("latest"); err == nil {
		t.Error("latest is taken for a version")
	}
}

func TestUntested(t *testing.T) {
	v := Version{Oldest: "1.34", Newest: "1.35"}
	for kubernetes, want := range map[string]string{"v1.33.9": "older", "v1.34.4": "", "v1.35.0+k3s1": "", "v1.36.0": "newer", "v1.35.9-gke.100": "", "odd": ""} {
		if got := v.Untested(kubernetes); got != want {
			t.Errorf("%s: %q", kubernetes, got)
		}
	}
	if got := (Version{}).Untested("v1.10.0"); got != "" {
		t.Errorf("nothing known, but %q", got)
	}
}
