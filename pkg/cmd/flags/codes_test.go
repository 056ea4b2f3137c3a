package flags

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
)

func TestAllCodesAndLayersAreOffered(t *testing.T) {
	offered, directive := CompleteCodes(nil, nil, "")
	if len(offered) != len(catalogue.All())+9 || directive != cobra.ShellCompDirectiveNoFileComp {
		t.Errorf("%d for %d codes in 9 layers, %d", len(offered), len(catalogue.All()), directive)
	}
	if !strings.HasPrefix(offered[0], "EI1xx\t") || !strings.HasPrefix(offered[1], "EI101\t") {
		t.Errorf("%q", offered[:2])
	}
}

func TestCodesAreOfferedByWhatTheyBeginWith(t *testing.T) {
	for typed, want := range map[string]string{"EI31": "EI310", "ei31": "EI310", "EI3x": "EI3xx"} {
		if offered, _ := CompleteCodes(nil, nil, typed); !slices.ContainsFunc(offered, func(o string) bool { return strings.HasPrefix(o, want+"\t") }) {
			t.Errorf("%q: %q", typed, offered)
		}
	}
	if offered, _ := CompleteCodes(nil, nil, "XY"); len(offered) > 0 {
		t.Errorf("%q", offered)
	}
}
