// Package doctor is the command that says what is wrong with a cluster's way from Infisical to its Secrets.
package doctor

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/checks"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/render"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Desired setup.Desired
	Timeout time.Duration
	Format  output.Format
	// Verbose shows what each finding was made from; Live allows one login at Infisical; Watch examines again and again.
	Verbose, Live, Watch bool
	Only, Skip           []string
	FailOn               doctor.FailOn
	// AckFile lists what is known and may stay, SinceFile is an earlier report.
	AckFile, SinceFile string

	choice doctor.Choice
	acks   []doctor.Acknowledgement
	before *render.Document
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults(), FailOn: doctor.FailOnFail}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is wrong and how to mend it, without changing anything",
		Long: `Look at External Secrets Operator, its stores for Infisical, its ExternalSecrets and what belongs to them, and name what is wrong: the
root causes first, with how to mend them, then what follows from them. Nothing is changed: whatever could change the cluster is refused
before it is sent.

What may not be looked at is unknown, and never taken for right. "explain CODE" says more about a code.

Exit code, the same in every format: 0 all is well, 1 something is wrong, 3 something could not be found out.`,
		Example: `  kubectl eso-infisical doctor
  kubectl eso-infisical doctor -o html > report.html
  kubectl eso-infisical doctor --only EI3xx,EI702 --verbose
  kubectl eso-infisical doctor -o json > before.json; kubectl eso-infisical doctor --since before.json`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.complete() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.addFlags(cmd)
	return cmd
}

// Run examines and reports.
func Run(ctx context.Context, o *Options) error {
	// Not every call takes the context, and none may outlast it.
	if limit := o.Factory.Connection.Flags.Timeout; *limit == "0" {
		*limit = o.Timeout.String()
	}
	cluster := examinee(o.Factory, o.Desired.Release)
	if o.Watch {
		return o.watch(ctx, cluster)
	}
	report := o.examine(ctx, cluster)
	return o.write(report)
}

// examine makes one report.
func (o *Options) examine(ctx context.Context, cluster doctor.Cluster) render.Document {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	all := checks.All()
	if o.Live {
		all = append(all, checks.Live()...)
	}
	snapshot := doctor.NewSnapshot(ctx, cluster)
	report := o.choice.Narrow(doctor.Examine(ctx, o.choice.Of(all), snapshot))
	notes := report.Acknowledge(o.acks, snapshot.Now)
	document := render.NewDocument(report, o.FailOn)
	document.Notes = notes
	if o.before != nil {
		changes := document.Since(*o.before)
		document.Changes = &changes
	}
	return document
}
