package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/cli/lifecycle"
)

func (a *app) newLogs() *cobra.Command {
	return &cobra.Command{
		Use:   "logs COMPONENT",
		Short: "Print what a component has logged",
		Long:  "Print what a component has logged: " + strings.Join(lifecycle.Logs(), ", ") + ".",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(lifecycle.Logs(), args[0]) {
				return usageError{fmt.Errorf("find the component %q: there is no such; there are %s", args[0], strings.Join(lifecycle.Logs(), ", "))}
			}
			sandbox, err := a.sandbox()
			if err != nil {
				return err
			}
			file, err := os.Open(sandbox.Dir.Log(args[0]))
			if errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("read the log of %s: there is none; start the sandbox with up", args[0])
			}
			if err != nil {
				return fmt.Errorf("read the log of %s: %w", args[0], err)
			}
			defer func() { _ = file.Close() }() // it is only read
			_, err = io.Copy(a.streams.Out, file)
			return err
		},
	}
}
