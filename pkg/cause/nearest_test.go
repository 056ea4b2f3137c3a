package cause

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNearest(t *testing.T) {
	projects := []string{"archon-platform", "archon-web", "billing", "billing-eu", "x"}
	tests := []struct {
		word string
		want []string
	}{
		{"archon-plattform", []string{"archon-platform"}},
		{"Archon-Platform", []string{"archon-platform"}},
		{"archon", []string{"archon-web", "archon-platform"}},
		{"bill", []string{"billing", "billing-eu"}},
		{"y", []string{"x"}},
		{"something-else", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Nearest(tt.word, projects)); diff != "" {
			t.Errorf("%s: %s", tt.word, diff)
		}
	}
	if got := Nearest("a", []string{"b", "c", "d", "e"}); len(got) != most {
		t.Errorf("all at once: %v", got)
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		want     int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "ac", 1}, {"ac", "abc", 1}, {"kitten", "sitting", 3}} {
		if got := distance(tt.from, tt.to); got != tt.want {
			t.Errorf("%q to %q: %d, want %d", tt.from, tt.to, got, tt.want)
		}
	}
}
