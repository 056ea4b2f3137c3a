package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/mend"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/render"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/proof"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/repair"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// fixProposed stands for --fix without codes.
const fixProposed = "proposed"

// fixCodes are the codes that --fix names; none where it stands alone.
func (o *Options) fixCodes() ([]cause.Code, error) {
	var codes []cause.Code
	for _, text := range o.Fix {
		if text == fixProposed {
			continue
		}
		code := catalogue.Normal(text)
		if !slices.Contains(mend.Repairable(), code) {
			return nil, &setup.InputError{Problem: fmt.Sprintf("--fix: there is no repair for %s; there is for %s", text, join(mend.Repairable()))}
		}
		codes = append(codes, code)
	}
	return codes, nil
}

func join(codes []cause.Code) string {
	texts := make([]string, len(codes))
	for i, c := range codes {
		texts[i] = string(c)
	}
	return strings.Join(texts, ", ")
}

// checkFix refuses what does not go with --fix.
func (o *Options) checkFix() error {
	if len(o.Fix) == 0 {
		if o.Yes || o.DryRun {
			return &setup.InputError{Problem: "--yes and --dry-run go with --fix"}
		}
		return nil
	}
	if o.Watch || o.several() {
		return &setup.InputError{Problem: "--fix goes with one look at one cluster: not with --watch, --contexts or --all-contexts"}
	}
	if o.Live {
		return &setup.InputError{Problem: "--fix and --live exclude each other: after a repair the doctor looks again, and a login is never repeated"}
	}
	var err error
	o.mend, err = o.fixCodes()
	return err
}

// fix proposes repairs for what a first look has found, carries out those that are named or confirmed, and reports by a second look.
func (o *Options) fix(ctx context.Context, clusters []doctor.Cluster) error {
	first := o.examine(ctx, clusters)
	if clusters[0].Err != nil {
		return o.write(first)
	}
	m, err := o.mender(clusters[0].Namespace)
	if err != nil {
		return err
	}
	planning, cancel := context.WithTimeout(ctx, o.Timeout)
	plan, err := m.Plan(planning, first.reports[0])
	cancel()
	if err != nil {
		return o.after(first, err)
	}
	chosen, declined, err := o.choose(ctx, plan)
	if err != nil || len(chosen) == 0 {
		first.documents[0].Repairs = repairs(plan, nil)
		if declined && err == nil {
			err = setup.ErrDeclined // a no is no success, whatever was found
		}
		return o.after(first, err)
	}
	o.Factory.Progress.Start("mend")
	done, err := m.Apply(ctx, chosen)
	o.Factory.Progress.Done("", err != nil)
	if err != nil && len(done) == 0 {
		return err
	}
	if ctx.Err() != nil { // a second look would find out nothing
		o.writeDone(o.Factory.Streams.ErrOut, done)
		return ctx.Err()
	}
	second := o.examine(ctx, o.clusters())
	second.documents[0].Repairs = repairs(plan, done)
	if o.textual() {
		o.writeDone(o.Factory.Streams.ErrOut, done)
	}
	return o.after(second, errors.Join(err, unmended(done)))
}

// after reports a look, and then what else there is to say of the run, which needs no document of its own.
func (o *Options) after(look examination, err error) error {
	written := o.write(look)
	if o.Format.Document() {
		err = output.Documented(err)
	}
	return errors.Join(err, written)
}

// unmended is an error if a repair was not carried out that was asked for.
func unmended(done []mend.Done) error {
	for _, d := range done {
		if d.Outcome != mend.Applied {
			return output.ErrFindings
		}
	}
	return nil
}

func (o *Options) textual() bool {
	return o.Format == output.Text || o.Format == output.Wide || o.Format == ""
}

// choose shows the plan and finds out what of it is to be done.
func (o *Options) choose(ctx context.Context, plan mend.Plan) (chosen []mend.Repair, declined bool, err error) {
	chosen = plan.Chosen(o.mend)
	asks := len(o.mend) == 0 && !o.Yes && !o.DryRun
	if o.textual() || asks {
		writePlan(o.Factory.Streams.ErrOut, plan, chosen)
		writeUnmet(o.Factory.Streams.ErrOut, plan, o.mend)
	}
	if o.DryRun || len(chosen) == 0 {
		return nil, false, nil
	}
	if !asks {
		return chosen, false, nil
	}
	yes, err := o.Factory.Confirm(ctx, false)(question(len(chosen)))
	var nobody *setup.InputError
	if errors.As(err, &nobody) {
		fmt.Fprintln(o.Factory.Streams.ErrOut, "Nothing has been mended: there is no terminal to ask on. Name what is to be mended, as with --fix="+string(chosen[0].Code)+", or say --yes.")
		return nil, false, nil
	}
	if err != nil || !yes {
		return nil, true, err
	}
	return chosen, false, nil
}

func question(count int) string {
	if count == 1 {
		return "Mend this?"
	}
	return fmt.Sprintf("Mend these %d?", count)
}

// mender makes what may change the cluster; everything else of this command only reads.
func (o *Options) mender(namespace string) (*mend.Mender, error) {
	writing := *o.Factory
	writing.Connection = o.Factory.Connection.Writing()
	c, err := writing.Cluster()
	if err != nil {
		return nil, err
	}
	progress := o.Factory.Progress.Update
	return &mend.Mender{Namespace: namespace, Dynamic: c.Dynamic, Typed: c.Typed, Progress: progress,
		Installation: &repair.Repairer{Namespace: namespace, Release: o.Desired.Release, Dynamic: c.Dynamic, Typed: c.Typed, Releases: c.Releases,
			Metadata: c.Metadata, Progress: progress, Now: time.Now},
		Tests: &proof.Prover{Dynamic: c.Dynamic, Typed: c.Typed, Lookout: c.Lookout, Progress: progress}}, nil
}

// writePlan shows people what can be done.
func writePlan(w io.Writer, plan mend.Plan, chosen []mend.Repair) {
	if len(plan.Repairs) == 0 {
		fmt.Fprintln(w, "Nothing of what was found can be mended by this program.")
	}
	for _, r := range plan.Repairs {
		fmt.Fprintf(w, "%s  %s: %s\n", r.Code, r.Object, r.Action)
		if r.Risk != "" {
			fmt.Fprintf(w, "       risk: %s\n", r.Risk)
		}
		for line := range strings.Lines(r.Diff) {
			fmt.Fprintf(w, "       %s", line)
		}
		if !slices.ContainsFunc(chosen, r.Is) {
			fmt.Fprintf(w, "       done only when it is named: --fix=%s\n", r.Code)
		}
	}
	for _, l := range plan.Left {
		fmt.Fprintf(w, "%s  %s: not mended: %s\n", l.Code, l.Object, l.Why)
	}
}

// writeUnmet says of which named codes there is nothing to mend.
func writeUnmet(w io.Writer, plan mend.Plan, codes []cause.Code) {
	for _, code := range codes {
		if len(plan.Chosen([]cause.Code{code})) == 0 && !slices.ContainsFunc(plan.Left, func(l mend.Left) bool { return l.Code == code }) {
			fmt.Fprintf(w, "%s  was not found, so that there is nothing to mend\n", code)
		}
	}
}

func (o *Options) writeDone(w io.Writer, done []mend.Done) {
	for _, d := range done {
		fmt.Fprintf(w, "%s %s  %s: %s\n", d.Outcome, d.Code, d.Object, d.Action)
		if d.Err != nil {
			fmt.Fprintf(w, "       %v\n", d.Err)
		}
	}
}

// repairs are those of the plan as a document has them, with what has become of each.
func repairs(plan mend.Plan, done []mend.Done) []render.Repair {
	list := []render.Repair{}
	for _, r := range plan.Repairs {
		one := render.Repair{Code: r.Code, Object: r.Object, Action: r.Action, Risk: r.Risk, Diff: r.Diff, Outcome: string(mend.Proposed)}
		for _, d := range done {
			if d.Is(r) {
				one.Outcome = string(d.Outcome)
				if d.Err != nil {
					one.Error = d.Err.Error()
				}
			}
		}
		list = append(list, one)
	}
	for _, l := range plan.Left {
		list = append(list, render.Repair{Code: l.Code, Object: l.Object, Outcome: "none", Error: l.Why})
	}
	return list
}
