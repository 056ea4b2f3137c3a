package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/preflight"
)

// Installation is what an install did, as far as it came.
type Installation struct {
	Release helm.Release
	Outcome kube.Outcome
	// Findings are those of the look before; nothing was changed if one of them is no warning.
	Findings []preflight.Finding
	// Adopted are objects that were there before and belong to the release now.
	Adopted []string
}

// Install brings ESO into the cluster and waits until its webhook answers the API server. A release that is there is left as it
// is; one that an interruption left half-made is completed.
func (r *Runner) Install(ctx context.Context) (Result, error) {
	made, err := r.InstallRelease(ctx)
	return Result{Object: "release/" + r.Desired.Release, Outcome: made.Outcome,
		Detail: fmt.Sprintf("External Secrets Operator %s in namespace %s", made.Release.AppVersion, r.Desired.Namespace)}, err
}

// InstallRelease is Install with all that there is to tell. It fails with a *preflight.BlockedError before anything is changed.
func (r *Runner) InstallRelease(ctx context.Context) (Installation, error) {
	made := Installation{Outcome: kube.Unchanged}
	release, unread := r.settledRelease(ctx)
	if unread != nil && !apierrors.IsForbidden(unread) {
		return made, unread
	}
	made.Release = release
	var err error
	if release.Status == helm.Deployed {
		err = r.asWanted(ctx, release)
	} else {
		err = r.begin(ctx, unread, &made)
	}
	if errors.Is(err, helm.ErrTaken) {
		r.Progress("another run has begun to install; waiting for it")
		return r.InstallRelease(ctx)
	}
	if err != nil || !r.Desired.Wait {
		return made, err
	}
	return made, r.waitInstalled(ctx, made.Release.Deployments)
}

// settledRelease reads the release. One that a run may be working on right now is given time to settle: Helm's own install waits for
// minutes with the release pending.
func (r *Runner) settledRelease(ctx context.Context) (helm.Release, error) {
	for told := false; ; {
		release, err := r.Releases.Get(r.Desired.Release)
		limit := InstallTimeout
		if release.Ours {
			limit = helm.OperationTimeout
		}
		if err != nil || release.Status != helm.Pending || time.Since(release.Updated) > limit {
			return release, err
		}
		if !told {
			told = true
			r.Progress("the release is " + release.RawStatus + " since " + release.Updated.Format(time.TimeOnly) + "; waiting for that run to end")
		}
		select {
		case <-ctx.Done():
			return helm.Release{}, fmt.Errorf("wait for Helm release %s: %w", r.Desired.Release, ctx.Err())
		case <-time.After(releasePoll):
		}
	}
}

// releasePoll is how often a pending release is read again; Helm keeps its state in a new Secret for each revision.
const releasePoll = time.Second

// begin looks at everything first, and then lets Helm make the release, or complete it.
func (r *Runner) begin(ctx context.Context, unread error, made *Installation) error {
	p, err := r.plan(ctx, made.Release)
	if err != nil && unread != nil {
		return unread
	}
	if err != nil {
		return err
	}
	report, err := r.examine(ctx, p, made.Release, unread)
	made.Findings = report.Findings
	if err == nil {
		err = report.Err()
	}
	if err != nil {
		return err
	}
	for _, f := range report.Of(preflight.Warning) {
		r.warn(f)
	}
	if err := r.agree(report.Adoptable); err != nil {
		return err
	}
	made.Adopted = report.Adoptable
	apply, outcome := r.Releases.Install, kube.Created
	if made.Release.Status != helm.Absent {
		apply, outcome = r.Releases.Resume, kube.Changed
	}
	r.Progress("applying chart " + p.chart.Version())
	done, err := apply(ctx, helm.Operation{Name: r.Desired.Release, Chart: p.chart, Values: p.values, TakeOwnership: len(report.Adoptable) > 0})
	if err == nil {
		made.Release, made.Outcome = done, outcome
	}
	return err
}

func (r *Runner) examine(ctx context.Context, p plan, release helm.Release, unread error) (preflight.Report, error) {
	d := r.Desired
	r.Progress("looking for what stands in the way")
	return preflight.Examine(ctx, preflight.Cluster{Typed: r.Typed, Metadata: r.Metadata}, preflight.Subject{
		Release: d.Release, Namespace: d.Namespace, AppVersion: p.chart.AppVersion(), Kubernetes: p.kubernetes, Objects: p.objects,
		Existing: release, Unread: unread, Resumable: resumable(release, p.chart), TakeOwnership: d.TakeOwnership, Watched: d.Wait})
}

// resumable reports whether an unfinished release may be completed: only what this program began, and with this very chart. Anything else
// has an owner who knows more.
func resumable(release helm.Release, chart *helm.Chart) bool {
	return release.Ours && release.ChartVersion == chart.Version() && (release.Status == helm.Failed || release.Status == helm.Pending)
}

func (r *Runner) warn(f preflight.Finding) {
	if r.Warn != nil {
		r.Warn(f.String())
	}
}

// ErrDeclined is returned where a person has said no. Nothing has been changed.
var ErrDeclined = errors.New("not confirmed; nothing has been changed")

// agree asks before objects are taken over that somebody else has made.
func (r *Runner) agree(objects []string) error {
	if len(objects) == 0 {
		return nil
	}
	question := fmt.Sprintf("These exist and become part of Helm release %s, changed to what its chart says:\n  %s\nTake them over?",
		r.Desired.Release, strings.Join(objects, "\n  "))
	if r.Confirm == nil {
		return &InputError{Problem: question + "\nRun kubectl eso-infisical install --take-ownership to answer"}
	}
	yes, err := r.Confirm(question)
	if err == nil && !yes {
		err = ErrDeclined
	}
	return err
}

func (r *Runner) waitInstalled(ctx context.Context, deployments []string) error {
	d := r.Desired
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	return eso.Operator{Dynamic: r.Dynamic, Typed: r.Typed, Metadata: r.Metadata, Namespace: d.Namespace, Release: d.Release,
		Deployments: deployments, Progress: r.Progress}.WaitRunning(ctx)
}
