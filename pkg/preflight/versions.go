package preflight

import (
	"fmt"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/esoversion"
)

// Versions says what is known of the version of ESO, by itself and on this Kubernetes. It warns and never blocks.
func Versions(s Subject) []Finding {
	table, err := esoversion.Known()
	if err != nil {
		return nil // a test sees to it that it can be read
	}
	version, err := table.Of(s.AppVersion)
	if err != nil {
		return nil // a build of somebody's own
	}
	asOf := ", as known on " + table.AsOf
	var findings []Finding
	warn := func(code cause.Code, summary, fix string) {
		findings = append(findings, Finding{Severity: Warning, Code: code, Summary: summary + asOf, Fix: fix})
	}
	for _, a := range version.Advisories {
		warn("EI261", fmt.Sprintf("External Secrets Operator %s has %s: %s", s.AppVersion, a.ID, a.Summary), "use version "+a.Fixed+" or later")
	}
	if !version.Supported {
		warn("EI231", fmt.Sprintf("External Secrets Operator %s gets no fixes any more: %s, which is that of %s", s.AppVersion, table.Support, table.Newest),
			"plan an upgrade")
	}
	switch version.Untested(s.Kubernetes) {
	case "older", "newer":
		warn("EI232", fmt.Sprintf("External Secrets Operator %s is tested with Kubernetes %s, and this cluster has %s",
			s.AppVersion, between(version.Oldest, version.Newest), s.Kubernetes), "try it out elsewhere first")
	}
	return findings
}

func between(oldest, newest string) string {
	if oldest == newest {
		return oldest
	}
	return oldest + " to " + newest
}
