package cmd

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
)

// failureKind is the kind of the document of a run that ended before its command knew what to write.
const failureKind = "Failure"

// Execute runs the command line and returns the error for Report. A run that was asked for a document and has given none, such as one with a
// wrong flag, gives one that names the error: whoever reads documents gets one for every run.
func Execute(ctx context.Context, root *cobra.Command, args []string, out io.Writer) error {
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	if err == nil || output.IsDocumented(err) {
		return err
	}
	if format := format(command, args); format.Document() {
		return output.Write(out, format, failureKind, nil, err, nil)
	}
	return err
}

// format is what the run was asked for, by the flag or by its variable.
func format(command *cobra.Command, args []string) output.Format {
	if asked := output.Asked(args); asked != "" || command.Flag("output") == nil {
		return asked
	}
	return output.Format(os.Getenv("ESO_INFISICAL_OUTPUT"))
}
