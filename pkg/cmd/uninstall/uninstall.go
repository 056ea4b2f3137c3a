// Package uninstall is the command that removes External Secrets Operator from a cluster.
package uninstall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/uninstall"
)

// Options are the command's inputs.
type Options struct {
	uninstall.Options
	Factory *clients.Factory
	Release string
	DryRun  bool
	Yes     bool
	Timeout time.Duration
	Output  output.Format
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Release: setup.Defaults().Release}
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove External Secrets Operator, and say first what goes with it",
		Long: `Remove External Secrets Operator from the cluster.

First it is shown what that means: ESO's custom resources of all providers, the Secrets that go with them, and the pods that use those.
Then it is asked; without a terminal, --yes is the answer. With --keep-secrets the Secrets stay: each is taken from its ExternalSecret and
seen to be the same as before, and if that fails for one, nothing is deleted.

Custom resources are deleted while the controller runs that lets them go; then the Helm release, ESO's webhook configurations, and what
this program has made. The custom resource definitions stay unless --delete-crds is given. The namespace goes if this program made it and
nothing of others is in it. At last it is looked whether anything is left. After an interruption, the same command does the rest.`,
		Example: `  kubectl eso-infisical uninstall --dry-run
  kubectl eso-infisical uninstall --keep-secrets
  kubectl eso-infisical uninstall --delete-crds --yes`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	fs.StringVar(&o.Release, "release", o.Release, "name of the Helm release")
	fs.BoolVar(&o.KeepSecrets, "keep-secrets", false, "let the Secrets stay that ESO has written")
	fs.BoolVar(&o.KeepCredentials, "keep-credentials", false, "let the Secret with Infisical's credentials and the ConfigMap with its CA stay")
	fs.BoolVar(&o.DeleteCRDs, "delete-crds", false, "delete ESO's custom resource definitions, too")
	fs.BoolVar(&o.IgnoreUnknown, "ignore-unknown", false, "go on although not everything may be read that would be lost")
	fs.BoolVar(&o.ForceFinalizers, "force-finalizers", false, "take ESO's finalizers away where its controller does not; ESO's webhook configurations go first if its webhook does not answer")
	fs.BoolVar(&o.DryRun, "dry-run", false, "show what would be done, and change nothing")
	fs.BoolVar(&o.Yes, "yes", false, "remove without asking")
	fs.DurationVar(&o.Timeout, "timeout", 10*time.Minute, "how long it may take, without the time to answer")
	o.Output.AddFlag(fs, output.Wide)
	return cmd
}

func (o *Options) validate() error {
	if o.KeepSecrets && o.IgnoreUnknown {
		return &setup.InputError{Problem: "--keep-secrets and --ignore-unknown exclude each other: Secrets that may not be read cannot be seen to stay"}
	}
	return nil
}

// Run plans, asks and removes.
func Run(ctx context.Context, o *Options) error {
	doc, err := o.run(ctx)
	kind := resultKind
	if o.DryRun {
		kind = planKind
	}
	if doc == nil {
		return output.Write(o.Factory.Streams.Out, o.Output, kind, nil, err, nil)
	}
	doc.Kind = kind
	if !o.Output.Document() && o.DryRun {
		return errors.Join(writePlan(o.Factory.Streams.Out, doc.Plan, o), err)
	}
	return output.Write(o.Factory.Streams.Out, o.Output, kind, doc, err, func(w io.Writer) error { return doc.text(w, o) })
}

// run returns a document as soon as there is a plan, also when it fails.
func (o *Options) run(ctx context.Context) (*document, error) {
	worker, err := o.uninstaller()
	if err != nil {
		return nil, err
	}
	plan, err := o.plan(ctx, worker)
	if err != nil {
		return nil, err
	}
	doc := newDocument(plan)
	if o.DryRun || plan.Empty() {
		return doc, o.verdict(ctx, worker, plan)
	}
	if !o.Output.Document() || !o.Yes {
		if err := writePlan(o.Factory.Streams.ErrOut, plan, o); err != nil {
			return doc, err
		}
	}
	if err := o.verdict(ctx, worker, plan); err != nil {
		return doc, err
	}
	yes, err := o.Factory.Confirm(ctx, o.Yes)(question(plan))
	if err != nil {
		return doc, err
	}
	if !yes {
		return doc, setup.ErrDeclined
	}
	return doc, o.remove(ctx, worker, plan, doc)
}

func (o *Options) uninstaller() (*uninstall.Uninstaller, error) {
	c, err := o.Factory.Cluster()
	if err != nil {
		return nil, err
	}
	return &uninstall.Uninstaller{Options: o.Options, Namespace: c.Namespace, Release: o.Release, Dynamic: c.Dynamic, Typed: c.Typed, Releases: c.Releases,
		Metadata: c.Metadata, Inhabitants: c.Lookout.Inhabitants, Progress: o.Factory.Progress.Update}, nil
}

func (o *Options) plan(ctx context.Context, worker *uninstall.Uninstaller) (*uninstall.Plan, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	o.Factory.Progress.Start("plan")
	plan, err := worker.Plan(ctx)
	o.Factory.Progress.Done("", err != nil)
	return plan, err
}

// verdict says whether the plan may be carried out.
func (o *Options) verdict(ctx context.Context, worker *uninstall.Uninstaller, plan *uninstall.Plan) error {
	err := worker.Check(plan)
	var blocked *uninstall.BlockedError
	var unknown *uninstall.UnknownError
	switch {
	case errors.As(err, &blocked):
		first := blocked.Blockers[0]
		return &cause.Error{Tried: "uninstall External Secrets Operator", Cause: cause.Cause{Code: first.Code, Summary: first.Problem, Fix: first.Fix}}
	case errors.As(err, &unknown):
		fmt.Fprintln(o.Factory.Streams.ErrOut, "error: it could not be found out what would be lost; the plan names it. Nothing has been changed.")
		return output.ErrUnknown
	}
	return worker.RequireRights(ctx, plan)
}

func (o *Options) remove(ctx context.Context, worker *uninstall.Uninstaller, plan *uninstall.Plan, doc *document) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	o.Factory.Progress.Start("uninstall")
	left, err := worker.Run(ctx, plan)
	o.Factory.Progress.Done("", err != nil || len(left) > 0)
	doc.Left, doc.Done = left, err == nil
	if err == nil && len(left) > 0 {
		return output.ErrFindings
	}
	return err
}
