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
	return r.Installed(made), err
}

// Installed is the short form of what an install did.
func (r *Runner) Installed(made Installation) Result {
	return Result{Object: "release/" + r.Desired.Release, Outcome: made.Outcome,
		Detail: fmt.Sprintf("External Secrets Operator %s in namespace %s", made.Release.AppVersion, r.Desired.Namespace)}
}

// InstallRelease is Install with all that there is to tell. It fails with a *preflight.BlockedError before anything is changed.
func (r *Runner) InstallRelease(ctx context.Context) (Installation, error) {
	prepared, err := r.PrepareInstall(ctx)
	if err != nil {
		return prepared.sofar(), err
	}
	made, err := r.CarryOut(ctx, prepared)
	if err != nil || !r.Desired.Wait {
		return made, err
	}
	return made, r.waitInstalled(ctx, made)
}

// PreparedInstall is an install that nothing stands in the way of.
type PreparedInstall struct {
	// Installation has the release as it is, and as its outcome what would become of it.
	Installation
	plan plan
}

// sofar is what was done before an error, which is nothing.
func (p PreparedInstall) sofar() Installation {
	made := p.Installation
	made.Outcome, made.Adopted = kube.Unchanged, nil
	return made
}

// Chart is the version of the chart that is to be installed, ESO that of what it brings, and Objects how many it is made of. A release that
// stays as it is has none.
func (p PreparedInstall) Chart() (chart, eso string, objects int) {
	if p.plan.chart == nil {
		return "", "", 0
	}
	return p.plan.chart.Version(), p.plan.chart.AppVersion(), len(p.plan.objects)
}

// PrepareInstall looks at everything, and changes nothing. It fails with a *preflight.BlockedError if something stands in the way.
func (r *Runner) PrepareInstall(ctx context.Context) (PreparedInstall, error) {
	p := PreparedInstall{Installation: Installation{Outcome: kube.Unchanged}}
	release, unread := r.settledRelease(ctx)
	if unread != nil && !apierrors.IsForbidden(unread) {
		return p, unread
	}
	p.Release = release
	if release.Status == helm.Deployed {
		return p, r.asWanted(ctx, release)
	}
	return p, r.prepare(ctx, unread, &p)
}

// CarryOut lets Helm make the release, or complete it.
func (r *Runner) CarryOut(ctx context.Context, p PreparedInstall) (Installation, error) {
	made := p.Installation
	if p.plan.chart == nil {
		return made, nil
	}
	apply := r.Releases.Install
	if made.Release.Status != helm.Absent {
		apply = r.Releases.Resume
	}
	r.Progress("applying chart " + p.plan.chart.Version())
	done, err := apply(ctx, helm.Operation{Name: r.Desired.Release, Chart: p.plan.chart, Values: p.plan.values, TakeOwnership: len(made.Adopted) > 0})
	if errors.Is(err, helm.ErrTaken) {
		r.Progress("another run has begun to install; waiting for it")
		return r.afterOther(ctx)
	}
	if err != nil {
		return p.sofar(), err
	}
	made.Release = done
	return made, nil
}

// afterOther looks anew at what another run has begun meanwhile.
func (r *Runner) afterOther(ctx context.Context) (Installation, error) {
	p, err := r.PrepareInstall(ctx)
	if err != nil {
		return p.sofar(), err
	}
	return r.CarryOut(ctx, p)
}

// settledRelease reads the release. One that a run may be working on right now is given time to settle: Helm's own install waits for
// minutes with the release pending.
func (r *Runner) settledRelease(ctx context.Context) (helm.Release, error) {
	for told := false; ; {
		release, err := r.Releases.Get(r.Desired.Release)
		if err != nil || release.MayLive(time.Now()) == 0 {
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

func (r *Runner) prepare(ctx context.Context, unread error, p *PreparedInstall) (err error) {
	p.plan, err = r.plan(ctx, p.Release)
	if err != nil && unread != nil {
		return unread
	}
	if err != nil {
		return err
	}
	report, err := r.examine(ctx, p.plan, p.Release, unread)
	p.Findings = report.Findings
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
	p.Adopted, p.Outcome = report.Adoptable, kube.Created
	if p.Release.Status != helm.Absent {
		p.Outcome = kube.Changed
	}
	return nil
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

// Ready is the outcome of a wait.
const Ready kube.Outcome = "ready"

// AwaitInstalled is waitInstalled as a step of its own.
func (r *Runner) AwaitInstalled(ctx context.Context, made Installation) (Result, error) {
	return Result{Object: "release/" + r.Desired.Release, Outcome: Ready, Detail: "its pods are available, and its webhook answers"}, r.waitInstalled(ctx, made)
}

// waitInstalled waits until ESO's pods are there and its webhook answers the API server.
func (r *Runner) waitInstalled(ctx context.Context, made Installation) error {
	d := r.Desired
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	return eso.Operator{Dynamic: r.Dynamic, Typed: r.Typed, Metadata: r.Metadata, Namespace: d.Namespace, Release: d.Release,
		Deployments: made.Release.Deployments, Progress: r.Progress}.WaitRunning(ctx)
}
