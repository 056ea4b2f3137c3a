package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	// unlinked is what a heading's link leaves out.
	unlinked = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// anchors are what the headings of a page can be linked by.
func anchors(page string) []string {
	var all []string
	for _, match := range heading.FindAllStringSubmatch(page, -1) {
		all = append(all, strings.ReplaceAll(unlinked.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-"))
	}
	return all
}

func TestLinksWithinTheRepositoryLeadSomewhere(t *testing.T) {
	var names []string
	for _, pattern := range []string{"../*.md", "*.md", "*/*.md", "../sandbox/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		names = append(names, found...)
	}
	for _, name := range names {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range link.FindAllStringSubmatch(string(page), -1) {
			path, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(path, "://") {
				continue
			}
			target := name
			if path != "" {
				target = filepath.Join(filepath.Dir(name), path)
			}
			there, err := os.ReadFile(target)
			if info, err := os.Stat(target); err == nil && info.IsDir() {
				continue
			}
			if err != nil || anchor != "" && !slices.Contains(anchors(string(there)), anchor) {
				t.Errorf("%s: %s leads nowhere", name, match[1])
			}
		}
	}
}

func TestAnchors(t *testing.T) {
	if got := anchors("# Title\n\n## What `up` does, and when?\n"); !slices.Equal(got, []string{"title", "what-up-does-and-when"}) {
		t.Errorf("%q", got)
	}
}
