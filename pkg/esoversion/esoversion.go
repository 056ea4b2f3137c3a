// Package esoversion knows what is known of External Secrets Operator's versions: advisories, support, and the versions of Kubernetes that
// they were tested with. All of it is in one file of data, which names its date.
package esoversion

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/Masterminds/semver/v3"
	"sigs.k8s.io/yaml"
)

//go:embed versions.yaml
var data []byte

// Advisory is a known weakness of a version.
type Advisory struct {
	ID      string `json:"id"`
	Summary string `json:"summary"`
	// Fixed is the first version without it.
	Fixed string `json:"fixed"`
}

// Table is all that is known.
type Table struct {
	// AsOf is the day that the table was made, as in 2026-08-07.
	AsOf string `json:"asOf"`
	// Newest is the newest version on that day.
	Newest     string     `json:"newest"`
	Support    string     `json:"support"`
	Advisories []Advisory `json:"advisories"`
	Kubernetes []tested   `json:"kubernetes"`
}

// tested is a range of Kubernetes versions that holds from a version of the operator on.
type tested struct {
	From   string `json:"from"`
	Oldest string `json:"oldest"`
	Newest string `json:"newest"`
}

// Version is what is known of one version.
type Version struct {
	// Advisories that the version does not have fixed.
	Advisories []Advisory
	// Supported is set for the newest minor version, and for any that is newer than the table.
	Supported bool
	// Oldest and Newest bound the versions of Kubernetes it was tested with, as in 1.34; they are empty where that is not known.
	Oldest, Newest string
}

// Known reads the table.
func Known() (Table, error) {
	var t Table
	if err := yaml.UnmarshalStrict(data, &t); err != nil {
		return t, fmt.Errorf("read the table of versions: %w", err)
	}
	return t, nil
}

// Of says what is known of a version, as in v2.4.1. A text that is no version is an error.
func (t Table) Of(version string) (Version, error) {
	v, err := semver.NewVersion(strings.TrimPrefix(version, "v"))
	if err != nil {
		return Version{}, fmt.Errorf("%q is no version of External Secrets Operator: %w", version, err)
	}
	var known Version
	for _, a := range t.Advisories {
		if fixed, err := semver.NewVersion(a.Fixed); err == nil && v.LessThan(fixed) {
			known.Advisories = append(known.Advisories, a)
		}
	}
	if newest, err := semver.NewVersion(t.Newest); err == nil {
		known.Supported = !minor(v).LessThan(minor(newest))
		if minor(newest).LessThan(minor(v)) {
			return known, nil // what it was tested with is not known yet
		}
	}
	for _, k := range t.Kubernetes {
		if from, err := semver.NewVersion(k.From); err == nil && !v.LessThan(from) {
			known.Oldest, known.Newest = k.Oldest, k.Newest
		}
	}
	return known, nil
}

// Untested says in which way a version of Kubernetes, as in v1.34.4, lies outside of those tested: "older" or "newer", or "" if it does not
// or if it is not known.
func (v Version) Untested(kubernetes string) string {
	running, err := semver.NewVersion(strings.TrimPrefix(kubernetes, "v"))
	oldest, errOldest := semver.NewVersion(v.Oldest)
	newest, errNewest := semver.NewVersion(v.Newest)
	switch {
	case err != nil || errOldest != nil || errNewest != nil:
		return ""
	case minor(running).LessThan(oldest):
		return "older"
	case newest.LessThan(minor(running)):
		return "newer"
	}
	return ""
}

// minor is the version without its patch level and what follows.
func minor(v *semver.Version) *semver.Version { return semver.New(v.Major(), v.Minor(), 0, "", "") }
