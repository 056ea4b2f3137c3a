package clients

import (
	"context"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/upgrade"
)

// Upgrader connects, and makes what brings the release to the chart that is meant.
func (f *Factory) Upgrader(ctx context.Context, desired setup.Desired) (*upgrade.Upgrader, upgrade.Request, error) {
	runner, err := f.Runner(desired)
	if err != nil {
		return nil, upgrade.Request{}, err
	}
	c, err := f.Cluster()
	if err != nil {
		return nil, upgrade.Request{}, err
	}
	values, err := runner.Desired.Values.Merge(ctx)
	if err != nil && ctx.Err() == nil {
		err = &setup.InputError{Problem: err.Error()}
	}
	if err != nil {
		return nil, upgrade.Request{}, err
	}
	u := &upgrade.Upgrader{Releases: c.Releases, Dynamic: c.Dynamic, Typed: c.Typed, Metadata: c.Metadata,
		Holder: kube.ThisRun().String(), Progress: f.Progress.Update}
	return u, upgrade.Request{Namespace: runner.Desired.Namespace, Release: desired.Release, Values: values,
		Load: func(ctx context.Context) (*helm.Chart, error) {
			return runner.Desired.LoadChart(ctx, "upgrade External Secrets Operator")
		}}, nil
}
