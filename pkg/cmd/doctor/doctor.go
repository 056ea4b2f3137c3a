// Package doctor is the command that says what is wrong with a cluster's way from Infisical to its Secrets.
package doctor

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
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
	// Contexts are those whose clusters are examined; without any it is the one cluster of the connection flags.
	Contexts flags.Contexts
	FailOn   doctor.FailOn
	// AckFile lists what is known and may stay, SinceFile is an earlier report.
	AckFile, SinceFile string

	// Fix proposes repairs, and names those to carry out; Yes carries out all that need not be named, DryRun none.
	Fix         []string
	Yes, DryRun bool

	// From is a bundle to examine in place of a cluster.
	From string
	// PrintRBAC prints the roles that the checks need, with bindings for ServiceAccount (NAMESPACE/NAME) if it is given.
	PrintRBAC      bool
	ServiceAccount string

	// RecordTo is NAMESPACE/NAME of the ConfigMap that keeps the verdict, whose changes become Events; empty for none.
	RecordTo string

	// mend are the codes that Fix names, offline what From holds.
	mend    []cause.Code
	offline *doctor.Snapshot

	choice doctor.Choice
	acks   []doctor.Acknowledgement
	// before are the earlier reports by their context, which is empty for that of one cluster.
	before map[string]render.Document
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

With --fix, what can be mended safely is proposed, with what would change and what may come of it. What is confirmed, or named as in
--fix=EI303,EI901, is carried out, and a second look makes the report. What deletes something or lets Helm work must be named.

With --contexts or --all-contexts, several clusters are examined at the same time, and shown side by side.

With --live, one login shows what the machine identity sees in Infisical and what it may do; with an administrator's token in INFISICAL_TOKEN
besides, the expiry of its client secret, its limits and its locks are looked at.
With --record-event, the verdict is kept in a ConfigMap that must be there, and an Event about it tells of each change; see "export doctor-cronjob".
Nothing else is written, and it takes no right but these.

What may not be looked at is unknown, and never taken for right. "explain CODE" says more about a code.

Exit code, the same in every format: 0 all is well, 1 something is wrong, 3 something could not be found out.`,
		Example: `  kubectl eso-infisical doctor
  kubectl eso-infisical doctor -o html > report.html
  kubectl eso-infisical doctor --only EI3xx,EI702 --verbose
  kubectl eso-infisical doctor -o json > before.json; kubectl eso-infisical doctor --since before.json
  kubectl eso-infisical doctor --fix
  kubectl eso-infisical doctor --from case-4711.tar.gz
  kubectl eso-infisical doctor --print-rbac --service-account monitoring/doctor | kubectl apply -f -
  kubectl eso-infisical doctor --contexts prod-eu,prod-us`,
		Args:    cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return o.complete(cmd.Flags()) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.addFlags(cmd)
	return cmd
}

// Run examines and reports.
func Run(ctx context.Context, o *Options) error {
	o.Factory.Within(o.Timeout)
	clusters := o.clusters()
	if o.Watch {
		return o.watch(ctx, clusters)
	}
	if o.PrintRBAC {
		return o.printRBAC(ctx, clusters[0])
	}
	if len(o.Fix) > 0 {
		return o.fix(ctx, clusters)
	}
	return o.lookOnce(ctx, clusters)
}

// examination is a report of each cluster, made at the same time.
type examination struct {
	reports   []doctor.Report
	documents []render.Document
	notes     []string
	took      time.Duration
	// unrecorded is why the verdict could not be recorded.
	unrecorded error
}

// examine makes a report of each cluster. One that does not answer holds the others up for --timeout at most.
func (o *Options) examine(ctx context.Context, clusters []doctor.Cluster) examination {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	started := time.Now()
	reports := make([]doctor.Report, len(clusters))
	var all sync.WaitGroup
	for i, cluster := range clusters {
		all.Go(func() { reports[i] = o.report(ctx, cluster) })
	}
	all.Wait()
	e := examination{reports: reports, notes: doctor.Acknowledge(o.acks, started, reports...), took: time.Since(started)}
	for _, report := range reports {
		document := render.NewDocument(report, o.FailOn)
		if before, known := o.before[report.Context]; known {
			changes := document.Since(before)
			document.Changes = &changes
		}
		e.documents = append(e.documents, document)
	}
	return e
}

// report examines one cluster.
func (o *Options) report(ctx context.Context, cluster doctor.Cluster) doctor.Report {
	if token := os.Getenv(flags.TokenVariable); token != "" && o.Live {
		cluster.AdminToken = func() string { return token }
	}
	return o.choice.Narrow(doctor.Examine(ctx, o.choice.Of(o.checks()), o.snapshot(ctx, cluster)))
}

// checks are those that the flags allow.
func (o *Options) checks() []doctor.Check {
	all := checks.All()
	if o.Live {
		all = append(all, checks.Live()...)
		if os.Getenv(flags.TokenVariable) != "" {
			all = append(all, checks.Administered()...)
		}
	}
	return all
}
