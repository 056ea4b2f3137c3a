package upgrade

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// Outcome of a run.
type Outcome string

// The outcomes. Incomplete means that the new revision is there and not proved, and that the next run goes on.
const (
	Upgraded   Outcome = "upgraded"
	Unchanged  Outcome = "unchanged"
	RolledBack Outcome = "rolled-back"
	Incomplete Outcome = "incomplete"
	Refused    Outcome = "nothing-changed"
)

// Result says what a run did, also where it failed.
type Result struct {
	Release   string  `json:"release"`
	Namespace string  `json:"namespace"`
	From      string  `json:"from"`
	To        string  `json:"to"`
	Outcome   Outcome `json:"outcome"`
	// Revision is the one that is deployed in the end, where that is known.
	Revision int `json:"revision,omitempty"`
	// Backup is the file with BackedUp objects.
	Backup   string `json:"backup,omitempty"`
	BackedUp int    `json:"backedUp,omitempty"`
	// Marked is how many definitions were marked to be kept, Migrated what was rewritten.
	Marked   int          `json:"marked,omitempty"`
	Migrated []Migrated   `json:"migrated,omitempty"`
	Stores   []Proof      `json:"stores"`
	Rollback *Rollback    `json:"rollback,omitempty"`
	Duration float64      `json:"seconds"`
	plan     *Plan        // what is carried out
	made     helm.Release // the new revision
}

// Migrated is a definition whose objects were rewritten.
type Migrated struct {
	Definition string `json:"definition"`
	Objects    int    `json:"objects"`
}

// Apply carries the plan out. The result is filled as far as the run came. Until Helm begins, a failure leaves ESO as it is.
func (u *Upgrader) Apply(ctx context.Context, p *Plan) (*Result, error) {
	start := time.Now()
	r := &Result{Release: p.Release, Namespace: p.Namespace, From: p.From, To: p.To, Outcome: Refused, Revision: p.last.Revision, plan: p, Stores: []Proof{}}
	defer func() { r.Duration = time.Since(start).Round(10 * time.Millisecond).Seconds() }()
	if err := p.Err(); err != nil {
		return r, err
	}
	if p.Unchanged {
		r.Outcome = Unchanged
		return r, nil
	}
	book, err := u.open(ctx, p.Namespace, p.newJournal())
	if err != nil {
		return r, err
	}
	defer book.close()
	if p.earlier != nil && p.earlier.Step == stepRollBack {
		return r, u.finishRollback(ctx, book, r)
	}
	if err := u.prepare(ctx, book, r); err != nil {
		if ctx.Err() == nil && p.earlier == nil {
			err = errors.Join(err, book.done(ctx)) // There is nothing yet to go on with.
		}
		return r, err
	}
	if err := u.change(ctx, book, r); err != nil {
		return r, u.fallBack(ctx, book, r, err)
	}
	r.Outcome = Upgraded
	return r, book.done(ctx)
}

// newJournal goes on from the earlier run's, if there is one.
func (p *Plan) newJournal() journal {
	j := journal{Release: p.Release, Good: p.WayBack, Next: p.last.Revision + 1, To: p.To, Step: stepMigrate, Stores: p.Stores}
	for _, v := range p.ValuesChanged {
		j.ValueKeys = append(j.ValueKeys, v.Path)
	}
	if p.earlier != nil {
		j.Good, j.Step, j.Next, j.Failure = p.earlier.Good, p.earlier.Step, p.earlier.Next, p.earlier.Failure
		j.Backup = p.earlier.Backup
	}
	return j
}

// prepare is what comes before Helm, and takes nothing away from what runs.
func (u *Upgrader) prepare(ctx context.Context, book *logbook, r *Result) error {
	p := r.plan
	err := u.backUpOnce(ctx, book, r)
	if err != nil {
		return err
	}
	u.Progress("marking the custom resource definitions to be kept")
	if r.Marked, err = crds.Keep(ctx, u.Dynamic, p.cluster); err != nil {
		return err
	}
	for _, c := range p.changes {
		if err := u.migrate(ctx, r, c.Definition.Name, c.Migrate); err != nil {
			return &cause.Error{Tried: p.tried(), Cause: cause.Cause{Code: "EI288", Summary: "not every stored object could be rewritten; ESO runs on as before",
				Fix: "mend what the detail names, then run the same command again"}, Err: err}
		}
	}
	return nil
}

// backUpOnce leaves it at the backup of an earlier run, which shows the state before any change.
func (u *Upgrader) backUpOnce(ctx context.Context, book *logbook, r *Result) (err error) {
	p := r.plan
	if p.request.BackupFile == "" {
		return nil
	}
	if p.earlier != nil && p.earlier.Backup != "" {
		if _, err := os.Stat(p.earlier.Backup); err == nil {
			r.Backup = p.earlier.Backup
			return nil
		}
	}
	if r.BackedUp, err = u.backUp(ctx, p.request.BackupFile, p.cluster); err != nil {
		return err
	}
	r.Backup = p.request.BackupFile
	return book.note(ctx, func(j *journal) { j.Backup = r.Backup })
}

func (u *Upgrader) migrate(ctx context.Context, r *Result, definition string, retire []string) error {
	if len(retire) == 0 {
		return nil
	}
	n, err := crds.Migration{Definition: definition, Retire: retire}.Migrate(ctx, u.Dynamic, u.Progress)
	if err == nil {
		r.Migrated = append(r.Migrated, Migrated{Definition: definition, Objects: n})
	}
	return err
}

// change lets Helm work and proves what has come of it.
func (u *Upgrader) change(ctx context.Context, book *logbook, r *Result) error {
	p := r.plan
	if r.made = p.last; !p.applied() {
		if err := book.note(ctx, func(j *journal) { j.Step, j.Next = stepApply, p.last.Revision+1 }); err != nil {
			return err
		}
		u.Progress("applying chart " + p.To)
		made, err := u.Releases.Upgrade(ctx, p.operation)
		if err != nil {
			return err
		}
		r.made = made
	}
	r.Outcome, r.Revision = Incomplete, r.made.Revision
	if err := book.note(ctx, func(j *journal) { j.Step, j.Next = stepProve, r.made.Revision }); err != nil {
		return err
	}
	if err := u.wait(ctx, p, r.made.Deployments); err != nil {
		return err
	}
	for _, c := range p.changes {
		if err := u.migrate(ctx, r, c.Definition.Name, c.MigrateLater); err != nil {
			return err
		}
	}
	var err error
	r.Stores, err = u.prove(ctx, p.Stores)
	return err
}

// applied means that an earlier run has come past Helm, to the very revision that is wanted.
func (p *Plan) applied() bool {
	return p.earlier != nil && p.last.Status == helm.Deployed && p.last.Revision > p.earlier.Good && p.last.ChartVersion == p.To && len(p.ValuesChanged) == 0
}

// wait returns when the pods of the release are available, those of before have ended, and the API server reaches the webhook.
func (u *Upgrader) wait(ctx context.Context, p *Plan, deployments []string) error {
	waiting, cancel := context.WithTimeout(ctx, p.request.Timeout)
	defer cancel()
	err := eso.Operator{Dynamic: u.Dynamic, Typed: u.Typed, Metadata: u.Metadata, Namespace: p.Namespace, Release: p.Release,
		Deployments: deployments, Progress: u.Progress}.WaitRunning(waiting)
	if err != nil {
		return err
	}
	return u.drain(ctx, p.Namespace, p.Release)
}
