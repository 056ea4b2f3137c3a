package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/repair"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Kinds of the documents.
const (
	repairPlanKind   = "RepairPlan"
	repairResultKind = "RepairResult"
)

// repairDocument is what "install --repair" prints.
type repairDocument struct {
	output.Header
	*repair.Plan
	// Done is set when everything that was found is mended, Installed is what the install after it has to say.
	Done      bool   `json:"done"`
	Installed string `json:"installed,omitempty"`
}

// repairFirst repairs, and then installs.
func (o *Options) repairFirst(ctx context.Context) error {
	kind := repairResultKind
	if o.DryRun == dryRunServer {
		kind = repairPlanKind
	}
	doc, err := o.repair(ctx)
	if err == nil && doc.Done {
		doc.Installed, err = o.installed(ctx)
		err = doc.After(err)
	}
	if doc == nil {
		return output.Write(o.Factory.Streams.Out, o.Format, kind, nil, err, nil)
	}
	doc.Kind = kind
	return output.Write(o.Factory.Streams.Out, o.Format, kind, doc, err, doc.text)
}

// repair returns a document as soon as there is a plan, also when it fails.
func (o *Options) repair(ctx context.Context) (*repairDocument, error) {
	worker, err := newRepairer(o.Factory, o.Desired.Release)
	if err != nil {
		return nil, err
	}
	o.Factory.Progress.Start("look")
	plan, err := worker.Plan(ctx)
	o.Factory.Progress.Done("", err != nil)
	if err != nil {
		return nil, err
	}
	doc := &repairDocument{Header: output.NewHeader(repairResultKind), Plan: plan}
	if o.DryRun == dryRunServer {
		return doc, nil
	}
	var blocked *repair.BlockedError
	if errors.As(plan.Check(), &blocked) {
		f := blocked.Finding
		return doc, &cause.Error{Tried: "repair " + f.Object, Cause: cause.Cause{Code: f.Code, Summary: f.Problem, Fix: f.Repair}}
	}
	if len(plan.Work()) == 0 {
		doc.Done = true
		return doc, nil
	}
	if err := writeFindings(o.Factory.Streams.ErrOut, plan); err != nil {
		return doc, err
	}
	if err := worker.RequireRights(ctx, plan); err != nil {
		return doc, err
	}
	yes, err := o.Factory.Confirm(ctx, o.Yes)(fmt.Sprintf("Mend what is named above (%d)?", len(plan.Work())))
	if err != nil {
		return doc, err
	}
	if !yes {
		return doc, setup.ErrDeclined
	}
	o.Factory.Progress.Start("repair")
	err = worker.Run(ctx, plan)
	o.Factory.Progress.Done("", err != nil)
	doc.Done = err == nil
	return doc, err
}

func newRepairer(f *clients.Factory, release string) (*repair.Repairer, error) {
	c, err := f.Cluster()
	if err != nil {
		return nil, err
	}
	return &repair.Repairer{Namespace: c.Namespace, Release: release, Dynamic: c.Dynamic, Typed: c.Typed, Releases: c.Releases, Metadata: c.Metadata,
		Progress: f.Progress.Update, Now: time.Now}, nil
}

// installed installs as without --repair, and returns its result in words.
func (o *Options) installed(ctx context.Context) (string, error) {
	runner, err := o.Factory.Runner(o.Desired)
	if err != nil {
		return "", err
	}
	runner.Confirm = o.Factory.Confirm(ctx, o.Yes)
	result, err := o.Factory.Do("install", func() (setup.Result, error) { return runner.Install(ctx) })
	return result.String(), err
}

func (d *repairDocument) text(w io.Writer) error {
	switch {
	case len(d.Findings) == 0:
		fmt.Fprintln(w, "nothing is broken that stands in the way of an install")
	case d.Done:
		for _, f := range d.Work() {
			fmt.Fprintf(w, "%s mended: %s\n", f.Object, f.Problem)
		}
	default:
		return writeFindings(w, d.Plan)
	}
	if d.Installed != "" {
		fmt.Fprintln(w, d.Installed)
	}
	return nil
}

// writeFindings names what is broken, what is done about it, and what that risks.
func writeFindings(w io.Writer, p *repair.Plan) error {
	for _, f := range p.Findings {
		fmt.Fprintf(w, "%s: %s (%s)\n", f.Object, f.Problem, f.Code)
		for _, held := range f.Held {
			fmt.Fprintf(w, "    %s\n", held)
		}
		fmt.Fprintf(w, "  repair: %s\n", f.Repair)
		if f.Risk != "" {
			fmt.Fprintf(w, "  risk:   %s\n", f.Risk)
		}
	}
	return nil
}
