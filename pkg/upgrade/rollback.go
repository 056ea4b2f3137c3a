package upgrade

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// Rollback says how the way back went.
type Rollback struct {
	// To is the revision that was gone back to, Revision the one that was made of it.
	To       int     `json:"to"`
	Revision int     `json:"revision,omitempty"`
	Stores   []Proof `json:"stores"`
	// Problem is why it did not succeed.
	Problem string `json:"problem,omitempty"`
}

// fallBack decides what becomes of a failed change. A run that was interrupted leaves all to the next one.
func (u *Upgrader) fallBack(ctx context.Context, book *logbook, r *Result, failure error) error {
	p := r.plan
	if ctx.Err() != nil {
		return failure
	}
	history, err := u.Releases.History(p.Release)
	if err != nil {
		return errors.Join(failure, err)
	}
	last := history[len(history)-1]
	switch {
	case last.Revision <= book.journal.Good || p.earlier == nil && last.Revision == p.last.Revision:
		// Helm has refused the revision as a whole: ESO runs as before.
		r.Outcome = Refused
		return errors.Join(failure, book.done(ctx))
	case !p.request.RollbackOnFailure:
		r.Outcome = Incomplete
		return fmt.Errorf("%w\nRevision %d stays, since --rollback-on-failure=false; run the same command again to go on", failure, last.Revision)
	case !last.Ours && last.Revision != book.journal.Next:
		return errors.Join(u.noWayBack(r, failure, fmt.Sprintf("somebody has deployed revision %d meanwhile; it is left as it is", last.Revision)), book.done(ctx))
	case book.journal.Good == 0 || !slices.ContainsFunc(history, func(h helm.Release) bool { return h.Revision == book.journal.Good }):
		return errors.Join(u.noWayBack(r, failure, "there is no revision to go back to"), book.done(ctx))
	}
	err = book.note(ctx, func(j *journal) {
		j.Step, j.Next, j.Failure = stepRollBack, last.Revision+1, brief(failure)
	})
	if err != nil {
		return errors.Join(failure, err)
	}
	return u.goBack(ctx, book, r, failure, false)
}

// brief is a failure without the technical text, for the journal.
func brief(err error) string {
	var named *cause.Error
	if errors.As(err, &named) {
		return fmt.Sprintf("%s: %s (%s)", named.Tried, named.Cause.Summary, named.Cause.Code)
	}
	return err.Error()
}

// finishRollback completes what an earlier run had begun.
func (u *Upgrader) finishRollback(ctx context.Context, book *logbook, r *Result) error {
	j := book.journal
	if r.plan.WayBack == 0 {
		return errors.Join(u.noWayBack(r, errors.New(j.Failure), "Helm has dropped the revision to go back to"), book.done(ctx))
	}
	done := r.plan.last.Revision == j.Next && r.plan.last.Status == helm.Deployed
	if !done {
		if err := book.note(ctx, func(j *journal) { j.Next = r.plan.last.Revision + 1 }); err != nil {
			return err
		}
	}
	return u.goBack(ctx, book, r, errors.New(j.Failure), done)
}

// goBack applies the revision that worked before and proves that it does so again.
func (u *Upgrader) goBack(ctx context.Context, book *logbook, r *Result, failure error, applied bool) error {
	p := r.plan
	r.Rollback = &Rollback{To: book.journal.Good, Stores: []Proof{}}
	made, err := p.last, error(nil)
	if !applied {
		u.Progress(fmt.Sprintf("it has failed; rolling back to revision %d", book.journal.Good))
		made, err = u.rollBack(ctx, p, book.journal.Good)
	}
	if err == nil {
		r.Rollback.Revision, r.Revision = made.Revision, made.Revision
		if err = u.wait(ctx, p, made.Deployments); err == nil {
			r.Rollback.Stores, err = u.prove(ctx, p.Stores)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err() // The next run goes on.
	}
	if err != nil {
		r.Rollback.Problem = err.Error()
		return u.notBack(r, failure, err)
	}
	r.Outcome = RolledBack
	return errors.Join(u.isBack(r, failure), book.done(ctx))
}

// rollBack lets Helm apply the earlier revision. The definitions stay, whether that revision has them or not.
func (u *Upgrader) rollBack(ctx context.Context, p *Plan, revision int) (helm.Release, error) {
	if err := u.keepAll(ctx); err != nil {
		return helm.Release{}, err
	}
	made, err := u.Releases.Rollback(ctx, p.Release, revision)
	if err != nil {
		return helm.Release{}, err
	}
	return made, u.keepAll(ctx)
}

// keepAll marks definitions that lack the mark; Helm may just have made them, or taken the mark away.
func (u *Upgrader) keepAll(ctx context.Context) error {
	definitions, err := crds.InCluster(ctx, u.Dynamic, u.Metadata(crds.Resource, ""), eso.Suffix)
	if err != nil {
		return err
	}
	_, err = crds.Keep(ctx, u.Dynamic, definitions)
	return err
}

// The errors below hold their causes as text: a time that was up before the way back is not that of the whole run.

func (u *Upgrader) isBack(r *Result, failure error) error {
	return &cause.Error{Tried: r.plan.tried(), Cause: cause.Cause{Code: "EI284",
		Summary: fmt.Sprintf("the new version did not work; revision %d is back in place, and every store works with it: %s", r.Rollback.To, brief(failure)),
		Fix:     fixOf(failure)}, Err: errors.New(failure.Error())}
}

func (u *Upgrader) notBack(r *Result, failure, problem error) error {
	return &cause.Error{Tried: r.plan.tried(), Cause: cause.Cause{Code: "EI285",
		Summary: fmt.Sprintf("the new version did not work (%s), and going back to revision %d did not succeed either (%s)", brief(failure), r.Rollback.To, brief(problem)),
		Fix:     "run the same command again, which goes on with the way back; or look at the pods: kubectl -n " + r.Namespace + " describe pods"},
		Err: errors.New(failure.Error() + "\nrollback: " + problem.Error())}
}

func (u *Upgrader) noWayBack(r *Result, failure error, why string) error {
	return &cause.Error{Tried: r.plan.tried(), Cause: cause.Cause{Code: "EI285",
		Summary: fmt.Sprintf("the new version did not work (%s), and %s", brief(failure), why), Fix: fixOf(failure)}, Err: errors.New(failure.Error())}
}

func fixOf(failure error) string {
	if c, known := cause.Of(failure); known {
		return c.Fix
	}
	return "mend what the detail names, then run the same command again"
}
