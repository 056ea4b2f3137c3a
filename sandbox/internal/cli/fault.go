package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/fault"
)

// faultTimeout bounds what a fault waits for; a webhook's pod needs half a minute to be ready.
const faultTimeout = 2 * time.Minute

func (a *app) newFault() *cobra.Command {
	var list bool
	var format string
	cmd := &cobra.Command{
		Use:   "fault NAME",
		Short: "Break one thing in the sandbox",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return listFaults(a.streams.Out, format)
			}
			if len(args) == 0 {
				return usageError{errors.New("apply a fault: no name given; fault --list shows them all")}
			}
			sandbox, err := a.sandbox()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), faultTimeout)
			defer cancel()
			if err := sandbox.Inject(ctx, args[0]); err != nil {
				return err
			}
			fmt.Fprintf(a.streams.Err, "fault %s is active; heal mends it\n", args[0])
			return nil
		},
	}
	cmd.Flags().BoolVar(&list, "list", false, "list all faults")
	cmd.Flags().StringVarP(&format, "output", "o", "text", "with --list: text or json, which says what the doctor has to say of each")
	return cmd
}

func listFaults(w io.Writer, format string) error {
	switch format {
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(fault.Catalogue())
	case "text":
	default:
		return usageError{fmt.Errorf("list the faults: there is no format %q; use text or json", format)}
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range fault.Catalogue() {
		fmt.Fprintf(table, "%s\t%s\n", f.Name, f.Summary)
	}
	return table.Flush()
}

func (a *app) newHeal() *cobra.Command {
	return &cobra.Command{
		Use:   "heal [NAME...]",
		Short: "Mend the named faults, or all",
		RunE: func(cmd *cobra.Command, args []string) error {
			sandbox, err := a.sandbox()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), faultTimeout)
			defer cancel()
			healed, err := sandbox.Heal(ctx, args...)
			if err != nil {
				return err
			}
			if len(healed) == 0 {
				fmt.Fprintln(a.streams.Err, "nothing to mend")
				return nil
			}
			fmt.Fprintln(a.streams.Err, "mended:", strings.Join(healed, ", "))
			return nil
		},
	}
}
