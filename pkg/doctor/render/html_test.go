package render

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

func pageOf(t *testing.T, name string) string {
	t.Helper()
	var b strings.Builder
	write := documents()[name].HTML
	if name == fleetName {
		write = mixed().HTML
	}
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// fleetName is the page of several clusters.
const fleetName = "fleet"

// pageNames are those of all pages.
func pageNames() []string { return append(slices.Sorted(maps.Keys(documents())), fleetName) }

func TestThePageNeedsNothingBesideItself(t *testing.T) {
	outside := regexp.MustCompile(`(?i)(\bsrc=|href="[^#]|url\(|@import|<script|<link|<img|<iframe)`)
	for _, name := range pageNames() {
		text := pageOf(t, name)
		if found := outside.FindString(text); found != "" {
			t.Errorf("%s: the page refers to something: %s", name, found)
		}
		if !strings.HasSuffix(text, "</html>\n") {
			t.Errorf("%s: there is something behind the page", name)
		}
		for _, want := range []string{"<!DOCTYPE html>", "prefers-color-scheme: dark", "<svg", "</html>"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing", name, want)
			}
		}
		if strings.Contains(text, "ZgotmplZ") {
			t.Errorf("%s: the template has refused a value", name)
		}
	}
}

func TestThePageEscapesWhatItShows(t *testing.T) {
	if text := pageOf(t, "refused"); strings.Contains(text, "<script>") || !strings.Contains(text, "&lt;script&gt;") {
		t.Error("a text of others is part of the page's own")
	}
}

func TestTheChainIsBrokenWhereTheRootCauseIs(t *testing.T) {
	tests := map[string][]state{
		"healthy": {sound, sound, skipped, skipped, skipped, skipped, sound, skipped},
		// What found the refused client secret was the store; the credentials are where it lies.
		"refused":     {sound, skipped, broken, skipped, skipped, skipped, affected, affected},
		"unreachable": {broken, skipped, skipped, skipped, skipped, skipped, skipped, skipped},
		"warnings":    {sound, skipped, skipped, warned, skipped, skipped, skipped, skipped},
	}
	for name, want := range tests {
		d := documents()[name]
		for i, l := range d.chain() {
			if l.State != want[i] {
				t.Errorf("%s: %s is %s, want %s", name, l.Name, l.State, want[i])
			}
		}
		if cuts := strings.Count(pageOf(t, name), `class="cross"`); (cuts == 1) != (name == "refused") {
			t.Errorf("%s: %d crosses", name, cuts)
		}
	}
}

func TestALinkNamesTheCodes(t *testing.T) {
	r := reportOf(outcome("EI301", doctor.Problem(cause.CredentialsMissing, store)), outcome("EI702", doctor.Problem(cause.CredentialsMissing, store)))
	links := NewDocument(r, doctor.FailOnFail).chain()
	if l := links[2]; l.State != broken || len(l.Codes) != 1 || l.Codes[0] != "EI301" {
		t.Errorf("link %+v", l)
	}
	if l := links[6]; l.State != affected {
		t.Errorf("link %+v", l)
	}
}
