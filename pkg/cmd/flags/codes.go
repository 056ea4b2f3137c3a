package flags

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
)

// CompleteCodes are the layers and codes that begin with what was typed, with what they mean, as the shell shows them behind TAB.
func CompleteCodes(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var all []string
	offer := func(code, meaning string) {
		if len(code) >= len(typed) && strings.EqualFold(code[:len(typed)], typed) {
			all = append(all, code+"\t"+meaning)
		}
	}
	layer := 0
	for _, e := range catalogue.All() {
		if e.Layer() != layer {
			layer = e.Layer()
			offer(fmt.Sprintf("EI%dxx", layer), catalogue.LayerName(layer))
		}
		offer(string(e.Code), e.Title)
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
