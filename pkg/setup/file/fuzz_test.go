package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// FuzzParse looks for files that break the parser, that it refuses without a line, or of which it shows a secret; and for such as it takes although
// they cannot be written and read again.
func FuzzParse(f *testing.F) {
	examples, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range examples {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	for _, seed := range []string{"", "a: *a", "a: &a [*a]", sound + "---\n", sound + "  secret: " + canary, "? a\n: b", "%YAML 1.2\n---\n" + sound, "a: !!int x", "\ufeff" + sound, "<<: 1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("setup.yaml", data)
		var refused *Error
		if err == nil {
			s.Targets(setup.Defaults())
			written, err := s.Commented("setup.yaml")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Parse("setup.yaml", written); err != nil {
				t.Errorf("%v\n%s", err, written)
			}
			return
		}
		if !errors.As(err, &refused) || len(refused.Problems) == 0 || strings.Contains(err.Error(), canary) {
			t.Fatalf("%v", err)
		}
		for _, p := range refused.Problems {
			if p.Line < 1 || p.Line > 1+strings.Count(string(data), "\n")+strings.Count(string(data), "\r") || p.Text == "" {
				t.Errorf("line %d: %q", p.Line, p.Text)
			}
		}
	})
}
