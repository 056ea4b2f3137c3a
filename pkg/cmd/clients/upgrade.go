package clients

import (
	"context"
	"fmt"
	"os"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/upgrade"
)

// Upgrader connects, and makes what brings the release to the chart that is meant.
func (f *Factory) Upgrader(desired setup.Desired) (*upgrade.Upgrader, upgrade.Request, error) {
	runner, err := f.Runner(desired)
	if err != nil {
		return nil, upgrade.Request{}, err
	}
	metadata, err := f.Connection.Metadata()
	if err != nil {
		return nil, upgrade.Request{}, err
	}
	releases, err := helm.NewClient(f.Connection.Flags, runner.Desired.Namespace)
	if err != nil {
		return nil, upgrade.Request{}, err
	}
	values, err := runner.Desired.Values.Merge()
	if err != nil {
		return nil, upgrade.Request{}, &setup.InputError{Problem: err.Error()}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	u := &upgrade.Upgrader{Releases: releases, Dynamic: runner.Dynamic, Typed: runner.Typed, Metadata: metadata,
		Holder: fmt.Sprintf("process %d on %s", os.Getpid(), host), Progress: f.Progress.Update}
	return u, upgrade.Request{Namespace: runner.Desired.Namespace, Release: desired.Release, Values: values,
		Load: func(ctx context.Context) (*helm.Chart, error) {
			return runner.Desired.LoadChart(ctx, "upgrade External Secrets Operator")
		}}, nil
}
