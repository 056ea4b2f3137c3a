// Package explain is the command that says what a code means, without a network.
package explain

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Streams genericiooptions.IOStreams
	Format  output.Format
	List    bool
	// Wanted are codes and layers, as they were typed.
	Wanted []string
}

// New makes the command; run replaces Options.Run in tests.
func New(streams genericiooptions.IOStreams, run func(*Options) error) *cobra.Command {
	o := &Options{Streams: streams}
	cmd := &cobra.Command{
		Use:   "explain CODE...",
		Short: "Say what a code means and how to mend it, without a network",
		Long: `Say what a code means, such as EI412: the fact that is expected, why it matters, and how to mend it.
A layer, such as EI4xx, stands for all of its codes. Neither a cluster nor a network is needed.`,
		Example: `  kubectl eso-infisical explain EI412
  kubectl eso-infisical explain --list`,
		ValidArgsFunction: flags.CompleteCodes,
		PreRunE: func(_ *cobra.Command, args []string) error {
			o.Wanted = args
			return o.validate()
		},
		RunE: func(*cobra.Command, []string) error { return run(o) },
	}
	cmd.Flags().BoolVar(&o.List, "list", false, "list all codes, or those that are named")
	o.Format.AddFlag(cmd.Flags())
	return cmd
}

func (o *Options) validate() error {
	if len(o.Wanted) == 0 && !o.List {
		return &setup.InputError{Problem: "say which code to explain, such as EI412, or --list them all"}
	}
	for _, text := range o.Wanted {
		if _, err := catalogue.ParseSelector(text); err != nil {
			return &setup.InputError{Problem: err.Error() + "; kubectl eso-infisical explain --list shows them all"}
		}
	}
	return nil
}

// Run writes what was asked for.
func Run(o *Options) error {
	entries := chosen(o.Wanted)
	doc := newDocument(entries, o.List || len(entries) > 1)
	return output.Write(o.Streams.Out, o.Format, kindOne, doc, nil, func(w io.Writer) error {
		if o.List {
			return writeList(w, entries)
		}
		for i, e := range entries {
			if i > 0 {
				fmt.Fprintln(w)
			}
			if err := writeEntry(w, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// chosen are the entries that any of the texts picks, in the order of codes; no text picks all.
func chosen(texts []string) []catalogue.Entry {
	if len(texts) == 0 {
		return catalogue.All()
	}
	var picked []catalogue.Entry
	for _, e := range catalogue.All() {
		for _, text := range texts {
			if s, err := catalogue.ParseSelector(text); err == nil && s.Matches(e.Code) {
				picked = append(picked, e)
				break
			}
		}
	}
	return picked
}
