package setup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Install brings ESO into the cluster and waits until its webhook answers the API server. A release that is there is left as it
// is, whatever its version; one that an interruption left half-made is completed.
func (r *Runner) Install(ctx context.Context) (Result, error) {
	d := r.Desired
	release, err := r.settledRelease(ctx)
	if err != nil {
		return Result{}, err
	}
	outcome, err := r.ensureRelease(ctx, &release)
	if err != nil {
		return Result{}, err
	}
	result := Result{Object: "release/" + d.Release, Outcome: outcome,
		Detail: fmt.Sprintf("External Secrets Operator %s in namespace %s", release.AppVersion, d.Namespace)}
	return result, r.waitInstalled(ctx, release.Deployments)
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

func (r *Runner) ensureRelease(ctx context.Context, release *helm.Release) (kube.Outcome, error) {
	if release.Status == helm.Deployed {
		return kube.Unchanged, nil
	}
	r.Progress("fetching chart " + r.Desired.Chart.String())
	chart, err := r.Desired.Chart.Load(ctx)
	if err != nil {
		return "", &cause.Error{Tried: "install External Secrets Operator", Cause: cause.Cause{Code: "EI205",
			Summary: "its chart cannot be fetched", Fix: "check --repo, --chart and --version, and the way to the chart repository"}, Err: err}
	}
	apply, outcome := r.Releases.Install, kube.Created
	if release.Status != helm.Absent {
		// Only what this program began with this very chart may be completed; anything else has an owner who knows more.
		if !release.Ours || release.ChartVersion != chart.Version() {
			return "", releaseOfOthers(*release, r.Desired.Namespace)
		}
		apply, outcome = r.Releases.Resume, kube.Changed
	}
	r.Progress("applying chart " + chart.Version())
	*release, err = apply(ctx, helm.Operation{Name: r.Desired.Release, Chart: chart, Values: eso.ChartValues()})
	return outcome, err
}

func releaseOfOthers(release helm.Release, namespace string) error {
	return &cause.Error{Tried: "install External Secrets Operator", Cause: cause.Cause{Code: "EI203",
		Summary: fmt.Sprintf("Helm release %s is %s, and not by this program", release.Name, release.RawStatus),
		Fix:     fmt.Sprintf("bring it to an end with Helm: helm -n %s history %s, then helm rollback or helm upgrade", namespace, release.Name)}}
}

func (r *Runner) waitInstalled(ctx context.Context, deployments []string) error {
	ctx, cancel := context.WithTimeout(ctx, InstallTimeout)
	defer cancel()
	d := r.Desired
	err := kube.WaitAvailable(ctx, r.Dynamic, d.Namespace, eso.InstanceSelector(d.Release), deployments, r.Progress)
	var stuck *kube.StuckError
	if errors.As(err, &stuck) {
		return &cause.Error{Tried: "start External Secrets Operator", Cause: cause.PodStuck(d.Namespace), Err: err}
	}
	if err != nil {
		return fmt.Errorf("start External Secrets Operator: %w", err)
	}
	if eso.AskWebhook(ctx, r.Dynamic) == nil {
		return nil
	}
	r.Progress("waiting for the webhook to answer the API server")
	return eso.WaitWebhook(ctx, r.Dynamic)
}

// since is the time passed, rounded for people.
func since(start time.Time) time.Duration { return time.Since(start).Round(10 * time.Millisecond) }
