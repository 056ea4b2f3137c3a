// Package upgrade is the command that brings External Secrets Operator to another version.
package upgrade

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/upgrade"
)

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Desired setup.Desired

	PlanOnly, Yes, AllowDowngrade, RollbackOnFailure, NoBackup bool
	BackupFile                                                 string
	Timeout                                                    time.Duration
	Format                                                     output.Format
}

// New makes the command; run replaces Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "upgrade",
		Short: "Bring External Secrets Operator to another version, prove that it works, or go back",
		Long: `Bring External Secrets Operator to another version without losing anything.

It shows a plan and asks. Then every object of ESO's is backed up to a file, objects that are stored in a version which goes are
rewritten, and Helm applies the chart; the values that the release was given stay, over the new chart's own. The end is a proof: every
store that was ready is ready again by ESO's fresh verdict, and one ExternalSecret of each is fetched anew. Without that, Helm goes back
to the revision before, and the proof is made once more.

A run that was interrupted or killed is completed by the same command. With --plan nothing is changed.`,
		Example: `  kubectl eso-infisical upgrade --plan
  kubectl eso-infisical upgrade --version 2.4.1
  kubectl eso-infisical upgrade --version 2.4.1 --yes -o json`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	flags.Chart(fs, &o.Desired)
	fs.BoolVar(&o.PlanOnly, "plan", false, "show what an upgrade would do, and change nothing")
	fs.BoolVar(&o.Yes, "yes", false, "upgrade without asking")
	fs.BoolVar(&o.AllowDowngrade, "allow-downgrade", false, "take a version that is older than the one installed")
	fs.BoolVar(&o.RollbackOnFailure, "rollback-on-failure", true, "go back to the revision before if the new one does not prove itself")
	fs.StringVar(&o.BackupFile, "backup-file", "", "file for ESO's objects, which only you may read (default: external-secrets-backup-TIME.yaml here)")
	fs.BoolVar(&o.NoBackup, "no-backup", false, "write no backup")
	fs.DurationVar(&o.Timeout, "timeout", setup.InstallTimeout, "how long the new pods and the webhook may take to start")
	o.Format.AddFlag(fs)
	return cmd
}

func (o *Options) validate() error {
	switch {
	case o.NoBackup && o.BackupFile != "":
		return &setup.InputError{Problem: "--no-backup and --backup-file exclude each other"}
	case o.Timeout <= 0:
		return &setup.InputError{Problem: "--timeout must be longer than nothing, as in 3m"}
	}
	return nil
}

// Run plans, asks, and carries the plan out.
func Run(ctx context.Context, o *Options) error {
	if o.PlanOnly {
		return o.runPlan(ctx)
	}
	out := o.Factory.Streams.Out
	result, err := o.upgrade(ctx)
	if result == nil {
		return output.Write(out, o.Format, resultKind, nil, err, nil)
	}
	doc := &resultDocument{Header: output.NewHeader(resultKind), Result: result}
	return output.Write(out, o.Format, resultKind, doc, err, func(w io.Writer) error { return writeResult(w, result) })
}

// runPlan shows the plan, also one that something stands against.
func (o *Options) runPlan(ctx context.Context) error {
	out := o.Factory.Streams.Out
	plan, _, err := o.plan(ctx)
	switch {
	case plan == nil:
		return output.Write(out, o.Format, planKind, nil, err, nil)
	case o.Format.Document():
		return output.Write(out, o.Format, planKind, &planDocument{Header: output.NewHeader(planKind), Plan: plan}, err, nil)
	}
	return errors.Join(writePlan(out, plan), err)
}

func (o *Options) plan(ctx context.Context) (*upgrade.Plan, *upgrade.Upgrader, error) {
	o.Factory.Progress.Start("plan")
	plan, upgrader, err := o.look(ctx)
	o.Factory.Progress.Done("", err != nil)
	return plan, upgrader, err
}

// look makes the plan. One that is blocked, or that the rights do not suffice for, comes with an error.
func (o *Options) look(ctx context.Context) (*upgrade.Plan, *upgrade.Upgrader, error) {
	upgrader, request, err := o.Factory.Upgrader(o.Desired)
	if err != nil {
		return nil, nil, err
	}
	request.AllowDowngrade, request.RollbackOnFailure, request.Timeout = o.AllowDowngrade, o.RollbackOnFailure, o.Timeout
	if request.BackupFile = o.BackupFile; request.BackupFile == "" && !o.NoBackup {
		request.BackupFile = "external-secrets-backup-" + time.Now().Format("20060102-150405") + ".yaml"
	}
	plan, err := upgrader.Plan(ctx, request)
	if err != nil {
		return nil, upgrader, err
	}
	if err := plan.Err(); err != nil {
		return plan, upgrader, err
	}
	return plan, upgrader, upgrader.Require(ctx, plan)
}

func (o *Options) upgrade(ctx context.Context) (*upgrade.Result, error) {
	plan, upgrader, err := o.plan(ctx)
	if err != nil {
		return nil, err
	}
	if !plan.Unchanged {
		if err := writePlan(o.Factory.Streams.ErrOut, plan); err != nil {
			return nil, err
		}
		yes, err := o.Factory.Confirm(ctx, o.Yes)(fmt.Sprintf("Upgrade Helm release %s from %s to %s?", plan.Release, plan.From, plan.To))
		if err != nil {
			return nil, err
		}
		if !yes {
			return nil, &setup.InputError{Problem: "the release stays at " + plan.From}
		}
	}
	o.Factory.Progress.Start("upgrade")
	result, err := upgrader.Apply(ctx, plan)
	o.Factory.Progress.Done("", err != nil)
	if err != nil && !o.Format.Document() {
		// What a run that failed has done is told beside the error.
		_ = writeResult(o.Factory.Streams.ErrOut, result)
	}
	return result, err
}
