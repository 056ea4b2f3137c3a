package setup

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/preflight"
)

// helmManager is the field manager that Helm writes with.
const helmManager = "helm"

// Trial is what the API server says to one object that it was shown and did not store.
type Trial struct {
	Object string
	// Outcome is what would become of it; Untried says why it could not be shown, and Err why it was refused.
	Outcome kube.Outcome
	Untried string
	Err     error
}

// DryInstall looks for what stands in the way and shows the API server every object of the chart. Nothing is changed. A release that is
// there already gives no trials.
func (r *Runner) DryInstall(ctx context.Context) (Installation, []Trial, error) {
	made := Installation{Outcome: kube.Unchanged}
	release, unread := r.Releases.Get(r.Desired.Release)
	if unread != nil && !apierrors.IsForbidden(unread) {
		return made, nil, unread
	}
	made.Release = release
	if release.Status == helm.Deployed {
		return made, nil, r.asWanted(ctx, release)
	}
	p, err := r.plan(ctx, release)
	if err != nil {
		return made, nil, err
	}
	report, err := r.examine(ctx, p, release, unread)
	if err != nil {
		return made, nil, err
	}
	made.Findings, made.Adopted = report.Findings, report.Adoptable
	trials, err := r.try(ctx, p)
	if err == nil {
		err = report.Err()
	}
	return made, trials, err
}

// Try shows the API server the objects of an install that is prepared. Nothing is changed.
func (r *Runner) Try(ctx context.Context, p PreparedInstall) ([]Trial, error) {
	if p.plan.chart == nil {
		return nil, nil
	}
	return r.try(ctx, p.plan)
}

// try shows the objects to the API server, a few at a time.
func (r *Runner) try(ctx context.Context, p plan) ([]Trial, error) {
	objects, err := p.rendered.WholeObjects()
	if err != nil {
		return nil, err
	}
	r.Progress(fmt.Sprintf("showing %d objects to the API server", len(objects)))
	trials := make([]Trial, len(objects))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(5)
	for i, obj := range objects {
		group.Go(func() error {
			trials[i] = r.tryOne(ctx, obj)
			return ctx.Err()
		})
	}
	return trials, group.Wait()
}

func (r *Runner) tryOne(ctx context.Context, obj *unstructured.Unstructured) Trial {
	resource, namespaced := preflight.ResourceOf(obj)
	trial := Trial{Object: preflight.NameOf(obj)}
	var api dynamic.ResourceInterface = r.Dynamic.Resource(resource)
	if namespaced {
		if obj.GetNamespace() == "" {
			obj.SetNamespace(r.Desired.Namespace)
		}
		api = r.Dynamic.Resource(resource).Namespace(obj.GetNamespace())
	}
	_, err := api.Get(ctx, obj.GetName(), metav1.GetOptions{})
	trial.Outcome = kube.Changed
	if apierrors.IsNotFound(err) {
		trial.Outcome = kube.Created
	}
	_, err = api.Apply(ctx, obj.GetName(), obj, metav1.ApplyOptions{FieldManager: helmManager, Force: true, DryRun: []string{metav1.DryRunAll}})
	if err != nil && apierrors.IsNotFound(err) && namespaced {
		trial.Untried = "its namespace or its kind does not exist yet"
		return trial
	}
	trial.Err = err
	return trial
}
