// Package completion is the command that teaches shells, and kubectl, what TAB can stand for, and what they are then told of flags.
package completion

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// program is the file that people start when they do not go through kubectl. kubectl finds "eso-infisical" under this name alone.
const program = "kubectl-eso_infisical"

// shells are those that there is a script for, with the way to load it in the running shell.
var shells = []struct {
	name, load string
	write      func(root *cobra.Command, w io.Writer) error
}{
	{"bash", "source <(kubectl-eso_infisical completion bash)", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
	{"zsh", "source <(kubectl-eso_infisical completion zsh)", (*cobra.Command).GenZshCompletion},
	{"fish", "kubectl-eso_infisical completion fish | source", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }},
	{"powershell", "kubectl-eso_infisical completion powershell | Out-String | Invoke-Expression", (*cobra.Command).GenPowerShellCompletionWithDesc},
}

// New makes the command with one below it for each shell, and one for kubectl; run replaces Run in tests.
func New(streams genericiooptions.IOStreams, run func(*KubectlOptions) error) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion",
		Short: "Let TAB complete commands, flags, contexts, namespaces, stores and codes",
		Long: `Write what a shell needs so that TAB completes commands, flags and what they stand for: contexts, namespaces, stores, codes and versions.

"completion kubectl" is for those who start the plugin as "kubectl eso-infisical". The others are for those who start the program by its file
name, kubectl-eso_infisical.`,
		Example: `  kubectl eso-infisical completion kubectl --install ~/.local/bin
  source <(kubectl-eso_infisical completion bash)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newKubectl(streams, run))
	for _, shell := range shells {
		cmd.AddCommand(&cobra.Command{
			Use:   shell.name,
			Short: "Write the script for " + shell.name,
			Long: fmt.Sprintf("Write the script by which %s completes %s, the program's file name. To load it in the running shell:\n\n  %s\n",
				shell.name, program, shell.load),
			Example: "  " + shell.load,
			Args:    cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				// The script asks whatever is being completed, so it needs nothing of the tree but the name.
				if err := shell.write(&cobra.Command{Use: program}, streams.Out); err != nil {
					return fmt.Errorf("write the script for %s: %w", shell.name, err)
				}
				return nil
			},
		})
	}
	return cmd
}
