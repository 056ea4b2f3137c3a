// Package status is the command that shows on one screen how ESO, its stores for Infisical and their ExternalSecrets are.
package status

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/status"
)

// kind of the document.
const kind = "Status"

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Release string
	Timeout time.Duration
	Output  output.Format

	AllNamespaces bool
	Namespaces    []string
	Store         string
	Failing       bool

	Watch    bool
	Interval time.Duration
}

// document is the report as programs read it.
type document struct {
	output.Header
	status.Report
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Release: setup.Defaults().Release}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how ESO, the stores for Infisical and their ExternalSecrets are",
		Long: `Show on one screen how External Secrets Operator is, each store for Infisical, and the ExternalSecrets of each store, those that
fail grouped by their cause. Nothing is changed.

All namespaces are looked at, or those that --in names; -n is ESO's own namespace.

Exit code: 0 all is well, 1 something fails or is overdue, 3 something could not be looked at.`,
		Example: `  kubectl eso-infisical status
  kubectl eso-infisical status --failing
  kubectl eso-infisical status --in shop --in billing --watch
  kubectl eso-infisical status --store infisical-archon-platform -o json`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *Options) addFlags(fs *pflag.FlagSet) {
	fs.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "look at all namespaces, as is done without --in, too")
	fs.StringArrayVar(&o.Namespaces, "in", nil, "look at the SecretStores and ExternalSecrets of this namespace only; may be repeated")
	fs.StringVar(&o.Store, "store", "", "look at this store only: NAME, clustersecretstore/NAME or secretstore/NAME")
	fs.BoolVar(&o.Failing, "failing", false, "show only what fails or is overdue, every ExternalSecret by its name")
	fs.BoolVarP(&o.Watch, "watch", "w", false, "go on looking and show what changes, until Ctrl-C")
	fs.DurationVar(&o.Interval, "interval", 5*time.Second, "with --watch, the pause between two looks; it is longer where a look takes long")
	fs.StringVar(&o.Release, "release", o.Release, "name of the Helm release")
	fs.DurationVar(&o.Timeout, "timeout", 30*time.Second, "how long one look may take")
	o.Output.AddFlag(fs, output.Wide)
}

func (o *Options) validate() error {
	problem := func(text string) error { return &setup.InputError{Problem: text} }
	switch {
	case o.AllNamespaces && len(o.Namespaces) > 0:
		return problem("--all-namespaces and --in exclude each other")
	case o.Watch && o.Output.Document():
		return problem("--watch does not go with -o " + string(o.Output) + ", which is one document; run status again and again instead")
	case o.Interval < time.Second:
		return problem("--interval must be 1s or more")
	case o.Timeout <= 0:
		return problem("--timeout must be more than 0")
	}
	return nil
}

// Run looks once, or until it is interrupted.
func Run(ctx context.Context, o *Options) error {
	look, err := o.connect()
	if err != nil {
		return o.write(nil, err)
	}
	if o.Watch {
		return o.watch(ctx, look)
	}
	report, err := look(ctx)
	if err != nil {
		return o.write(nil, err)
	}
	return o.write(&report, outcome(&report))
}

// connect makes what looks once.
func (o *Options) connect() (func(context.Context) (status.Report, error), error) {
	o.Factory.Connection.ReadOnly()
	typed, err := o.Factory.Connection.Typed()
	if err != nil {
		return nil, err
	}
	cluster := status.Cluster{Client: typed.CoreV1().RESTClient(), Namespace: *o.Factory.Connection.Flags.Namespace, Release: o.Release}
	scope := status.Scope{Namespaces: o.Namespaces, Store: o.Store, Names: o.Failing}
	return func(ctx context.Context) (status.Report, error) {
		limited, cancel := context.WithTimeout(ctx, o.Timeout)
		defer cancel()
		report, err := status.Look(limited, cluster, scope)
		if ctx.Err() != nil {
			// What was cut off is no report.
			return report, ctx.Err()
		}
		return report, err
	}, nil
}

func (o *Options) write(r *status.Report, err error) error {
	if r == nil {
		return output.Write(o.Factory.Streams.Out, o.Output, kind, nil, err, nil)
	}
	if !o.Output.Document() {
		return errors.Join(r.WriteText(o.Factory.Streams.Out, o.style()), err)
	}
	d := &document{Header: output.NewHeader(kind), Report: *r}
	return output.Write(o.Factory.Streams.Out, o.Output, kind, d, err, nil)
}

func (o *Options) style() status.Style {
	return status.Style{Wide: o.Output == output.Wide, FailingOnly: o.Failing, Prose: o.Factory.Style()}
}

func (o *Options) text(r *status.Report) (string, error) {
	var b strings.Builder
	err := r.WriteText(&b, o.style())
	return b.String(), err
}

// outcome is the error that stands for the report's exit code.
func outcome(r *status.Report) error {
	switch r.Verdict {
	case status.Failing:
		return output.ErrFindings
	case status.Unknown:
		return output.ErrUnknown
	}
	return nil
}
