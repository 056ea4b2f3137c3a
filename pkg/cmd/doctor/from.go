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
	if o.bundle, err = bundle.Read(file); err == nil {
		_, err = o.bundle.Snapshot(context.Background(), packable())
	}
	return unreadable("--from", o.From, err)
}

// packable are the inputs that a bundle may hold.
func packable() []doctor.Source { return doctor.Sources(append(checks.All(), checks.Live()...)) }

// snapshot is what there is to examine: the cluster, or what a bundle has of one.
func (o *Options) snapshot(ctx context.Context, cluster doctor.Cluster) *doctor.Snapshot {
	if o.bundle == nil {
		return doctor.NewSnapshot(ctx, cluster)
	}
	s, err := o.bundle.Snapshot(ctx, packable())
	if err != nil {
		return doctor.NewSnapshot(ctx, doctor.Cluster{Err: err}) // which was tried out beforehand
	}
	return s
}
