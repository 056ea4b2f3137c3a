package catalogue

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

func TestSelectors(t *testing.T) {
	tests := []struct {
		text    string
		matches []cause.Code
		not     []cause.Code
	}{
		{"EI412", []cause.Code{"EI412"}, []cause.Code{"EI411", "EI402"}},
		{"ei412", []cause.Code{"EI412"}, []cause.Code{"EI411"}},
		{"412", []cause.Code{"EI412"}, []cause.Code{"EI411"}},
		{"EI4xx", []cause.Code{"EI401", "EI450"}, []cause.Code{"EI301"}},
		{" 4XX ", []cause.Code{"EI412"}, []cause.Code{"EI512"}},
	}
	for _, tt := range tests {
		s, err := ParseSelector(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
		}
		for _, code := range tt.matches {
			if !s.Matches(code) {
				t.Errorf("%q does not pick %s", tt.text, code)
			}
		}
		for _, code := range tt.not {
			if s.Matches(code) {
				t.Errorf("%q picks %s", tt.text, code)
			}
		}
	}
}

func TestWhatIsNoCodeIsExplained(t *testing.T) {
	tests := map[string]struct {
		near []cause.Code
		text string
	}{
		"EI421":  {near: []cause.Code{"EI401", "EI411", "EI221"}},
		"EI31":   {near: []cause.Code{"EI310", "EI311", "EI312"}},
		"EI3110": {near: []cause.Code{"EI310", "EI311"}},
		"E1412":  {near: []cause.Code{"EI412"}},
		"IE412":  {near: []cause.Code{"EI412"}},
		"EI999":  {text: "codes are EI and three digits"},
		"":       {text: "codes are EI and three digits"},
		"EI0xx":  {text: "no code"},
		"help":   {text: `"help" is no code of this program`},
	}
	for text, tt := range tests {
		_, err := ParseSelector(text)
		var unknown *UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for _, code := range tt.near {
			if !slices.Contains(unknown.Near, code) || !strings.Contains(err.Error(), string(code)) {
				t.Errorf("%q: near are %v, without %s", text, unknown.Near, code)
			}
		}
		if len(unknown.Near) > nearest || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestOneOff(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"abc", "abc"}: false, {"abc", "abd"}: true, {"abc", "ab"}: true, {"abc", "bc"}: true, {"abc", "acb"}: true, {"abc", "bac"}: true,
		{"abc", "cba"}: false, {"abc", "a"}: false, {"", "a"}: true, {"", ""}: false, {"abc", "xyz"}: false,
	} {
		if oneOff(pair[0], pair[1]) != want || oneOff(pair[1], pair[0]) != want {
			t.Errorf("%q and %q: want %t", pair[0], pair[1], want)
		}
	}
}
