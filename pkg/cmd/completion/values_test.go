package completion

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
)

func TestTheLastOfSeveralValuesIsCompleted(t *testing.T) {
	one := func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return beginning(typed, []string{"a1\tfirst", "a2", "b"}), cobra.ShellCompDirectiveNoFileComp
	}
	for typed, want := range map[string][]string{
		"": {"a1\tfirst", "a2", "b"}, "a": {"a1\tfirst", "a2"}, "b,": {"b,a1\tfirst", "b,a2"}, "b,a1,a": {"b,a1,a2"}, "x,y": nil,
	} {
		if got, _ := listed(one)(nil, nil, typed); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestWhatAFlagCompletes(t *testing.T) {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, name := range []string{"ca-file", "kubeconfig", "install", "host"} {
		fs.String(name, "", "")
	}
	var format output.Format
	format.AddFlag(fs, output.Wide)
	for name, want := range map[string]struct {
		values    []string
		directive cobra.ShellCompDirective
	}{
		"install": {nil, cobra.ShellCompDirectiveFilterDirs},
		"host":    {nil, cobra.ShellCompDirectiveNoFileComp},
		"output":  {[]string{"text", "json", "yaml", "wide"}, cobra.ShellCompDirectiveNoFileComp},
	} {
		values, directive := completionOf(fs.Lookup(name), nil)(nil, nil, "")
		if !slices.Equal(values, want.values) || directive != want.directive {
			t.Errorf("--%s: %q, %d", name, values, directive)
		}
	}
	for _, name := range []string{"ca-file", "kubeconfig"} {
		if completionOf(fs.Lookup(name), nil) != nil {
			t.Errorf("--%s is not left to the shell, which knows files", name)
		}
	}
}

func TestVersionsAreThoseThatSomethingIsKnownOf(t *testing.T) {
	if all, _ := versions(nil, nil, ""); len(all) != 2 {
		t.Errorf("%q", all)
	}
	if none, _ := versions(nil, nil, "v"); len(none) != 0 {
		t.Errorf("%q", none)
	}
}
