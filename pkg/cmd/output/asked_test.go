package output

import (
	"strings"
	"testing"
)

func TestAsked(t *testing.T) {
	for line, want := range map[string]Format{
		"": "", "up": "", "doctor -o json": JSON, "doctor -ojson --nope": JSON, "doctor --nope -o=yaml": YAML, "doctor --output yaml": YAML,
		"doctor --output=json": JSON, "doctor -o": "", "doctor --output": "", "doctor -- -o json": "",
		"doctor -o junit": "junit", "x --only -o json": JSON, "up --host -o": "",
	} {
		if got := Asked(strings.Fields(line)); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
