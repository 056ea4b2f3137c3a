package completion

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
)

// files are the flags that take a path; those that end in -file do, too.
var files = []string{"ack", "ca-file", "certificate-authority", "chart", "client-certificate", "client-key", "file", "from", "keyring", "kubeconfig", "set-file", "since", "values"}

// folders are the flags that take a folder.
var folders = []string{"cache-dir", "install"}

// chooser is a flag's value that has to be one of few.
type chooser interface{ Choices() []string }

// Values teaches each flag of the commands what it can stand for. A flag of the same name means the same everywhere.
func Values(root *cobra.Command, f *clients.Factory) {
	c := cluster{f.Connection}
	byName := map[string]cobra.CompletionFunc{
		"context": c.contexts, "contexts": listed(c.contexts), "cluster": c.clusters, "user": c.users,
		"namespace": c.namespaces, "store-namespace": c.namespaces, "test-namespace": c.namespaces, "allow-namespace": c.namespaces, "in": c.namespaces,
		"store": c.stores, "version": versions,
		"kind": cobra.FixedCompletions([]string{"ClusterSecretStore", "SecretStore"}, cobra.ShellCompDirectiveNoFileComp),
		"only": listed(flags.CompleteCodes), "skip": listed(flags.CompleteCodes), "fix": listed(flags.CompleteCodes),
	}
	teach(root, byName)
}

func teach(cmd *cobra.Command, byName map[string]cobra.CompletionFunc) {
	visit := func(flag *pflag.Flag) {
		if values := completionOf(flag, byName); values != nil {
			// It fails only for a flag that is not there, or that knows its values already.
			_ = cmd.RegisterFlagCompletionFunc(flag.Name, values)
		}
	}
	cmd.PersistentFlags().VisitAll(visit)
	cmd.LocalNonPersistentFlags().VisitAll(visit)
	if cmd.ValidArgsFunction == nil && !cmd.HasSubCommands() {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, below := range cmd.Commands() {
		teach(below, byName)
	}
}

// completionOf is nil for a flag that takes the name of a file, which shells complete by themselves.
func completionOf(flag *pflag.Flag, byName map[string]cobra.CompletionFunc) cobra.CompletionFunc {
	switch values, known := byName[flag.Name]; {
	case known:
		return values
	case slices.Contains(files, flag.Name) || strings.HasSuffix(flag.Name, "-file"):
		return nil
	case slices.Contains(folders, flag.Name):
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
	}
	if choice, ok := flag.Value.(chooser); ok {
		return cobra.FixedCompletions(choice.Choices(), cobra.ShellCompDirectiveNoFileComp)
	}
	return cobra.NoFileCompletions
}

// listed completes the last of several values, with commas between them.
func listed(one cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		before, last := "", typed
		if comma := strings.LastIndex(typed, ","); comma >= 0 {
			before, last = typed[:comma+1], typed[comma+1:]
		}
		values, directive := one(cmd, args, last)
		given := strings.Split(before, ",")
		var rest []string
		for _, value := range values {
			name, _, _ := strings.Cut(value, "\t")
			if !slices.Contains(given, name) {
				rest = append(rest, before+value)
			}
		}
		return rest, directive
	}
}
