package doctor

import (
	"context"
	"os"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/bundle"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor/checks"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// checkFrom opens the bundle, and refuses what needs the cluster itself.
func (o *Options) checkFrom() error {
	if o.From == "" {
		return nil
	}
	if o.Live || o.Watch || o.several() || len(o.Fix) > 0 || o.PrintRBAC {
		return &setup.InputError{Problem: "--from looks into a file: it goes with none of --live, --watch, --contexts, --all-contexts, --fix and --print-rbac"}
	}
	file, err := os.Open(o.From)
	if err != nil {
		return unreadable("--from", o.From, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	opened, err := bundle.Read(file)
	if err == nil {
		o.offline, err = opened.Snapshot(context.Background(), doctor.Sources(append(checks.All(), checks.Live()...)))
	}
	return unreadable("--from", o.From, err)
}

// snapshot is what there is to examine: the cluster, or what a bundle has of one.
func (o *Options) snapshot(ctx context.Context, cluster doctor.Cluster) *doctor.Snapshot {
	if o.offline != nil {
		return o.offline
	}
	return doctor.NewSnapshot(ctx, cluster)
}
