package catalogue

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

var literal = regexp.MustCompile(`\bEI[0-9]{3}\b`)

// printed are the codes that the program's sources name outside of the catalogue, with the file of each.
func printed(t *testing.T) map[cause.Code]string {
	t.Helper()
	found := map[cause.Code]string{}
	for _, root := range []string{"../../pkg", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "pkg/catalogue/") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, code := range literal.FindAllString(string(source), -1) {
				found[cause.Code(code)] = path
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func TestEveryCodeOfTheProgramIsInTheCatalogue(t *testing.T) {
	for code, path := range printed(t) {
		if _, known := Find(code); !known {
			t.Errorf("%s uses %s, which the catalogue does not know: add it to the file of its layer", path, code)
		}
	}
}

func TestEveryCodeOfTheCatalogueIsUsed(t *testing.T) {
	used := printed(t)
	for _, e := range All() {
		if _, found := used[e.Code]; !found {
			t.Errorf("nothing finds %s (%s): move its number to retired", e.Code, e.Title)
		}
	}
}

func TestCodesAreUniqueInOrderAndNotRetired(t *testing.T) {
	last := cause.Code("")
	for _, e := range All() {
		if !codeForm.MatchString(string(e.Code)) || e.Code <= last {
			t.Errorf("%s comes after %s", e.Code, last)
		}
		if slices.Contains(retired, e.Code) {
			t.Errorf("%s is retired and used again", e.Code)
		}
		last = e.Code
	}
}

func TestAFileHoldsOneLayer(t *testing.T) {
	for number, entries := range map[int][]Entry{1: client, 2: slices.Concat(operator, workload, upgrades), 3: credentials, 4: transport, 5: reach, 6: scope, 7: stores, 8: externalSecrets, 9: hygiene} {
		for _, e := range entries {
			if e.Layer() != number {
				t.Errorf("%s is among those of layer %d", e.Code, number)
			}
		}
		if LayerName(number) == "" {
			t.Errorf("layer %d has no name", number)
		}
	}
	if LayerName(0) != "" || LayerName(10) != "" || LayerOf("EI") != 0 || LayerOf("EI099") != 0 {
		t.Error("a layer that is none has a name")
	}
}

func TestEntriesAreComplete(t *testing.T) {
	for _, e := range All() {
		if e.Title == "" || strings.HasSuffix(e.Title, ".") || e.Title != strings.TrimSpace(e.Title) {
			t.Errorf("%s: title %q", e.Code, e.Title)
		}
		for _, text := range []string{e.Why, e.Fix} {
			if !strings.HasSuffix(text, ".") || strings.ToUpper(text[:1]) != text[:1] {
				t.Errorf("%s: %q is no sentence", e.Code, text)
			}
		}
		if e.Severity != Error && e.Severity != Warning {
			t.Errorf("%s: severity %q", e.Code, e.Severity)
		}
		for _, link := range e.Links {
			if !strings.HasPrefix(link, "https://") {
				t.Errorf("%s: link %q", e.Code, link)
			}
		}
		for _, before := range e.After {
			if _, known := Find(before); !known || before == e.Code {
				t.Errorf("%s follows from %s", e.Code, before)
			}
		}
	}
}

// Two codes that each follow from the other would hide each other, and no root cause would be left.
func TestNoCodeFollowsFromItself(t *testing.T) {
	var reaches func(from, to cause.Code, seen map[cause.Code]bool) bool
	reaches = func(from, to cause.Code, seen map[cause.Code]bool) bool {
		if seen[from] {
			return false
		}
		seen[from] = true
		e, _ := Find(from)
		return slices.ContainsFunc(e.After, func(before cause.Code) bool { return before == to || reaches(before, to, seen) })
	}
	for _, e := range All() {
		if reaches(e.Code, e.Code, map[cause.Code]bool{}) {
			t.Errorf("%s follows from itself", e.Code)
		}
	}
}
