// Package install is the command that brings External Secrets Operator into a cluster.
package install

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Desired setup.Desired
	Format  output.Format
	DryRun  dryRun
	// ListImages prints the images alone, for the version of Kubernetes in KubeVersion.
	ListImages  bool
	KubeVersion string
	// Yes answers all questions.
	Yes bool
	// Repair mends first what stands in the way.
	Repair bool
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults(), DryRun: dryRunNone}
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Install External Secrets Operator with Helm and wait until it works",
		Long: `Install External Secrets Operator with Helm and wait until its webhook answers the API server.

First it looks for all that stands in the way: missing rights, objects that others have made or that are being deleted,
another installation, what is known of the version. Nothing is changed as long as there is something.

A release that is installed is left as it is; if another version or other values are asked for, that is an error which
names "upgrade". A release that an interruption left half-made is completed. The custom resource definitions are marked
to be kept when the release is removed.

With --repair, what stands in the way is mended first: a release whose run has died, definitions that hang in their deletion, webhook
configurations that lead nowhere or to a certificate that is not trusted. Each is named and asked for before; --dry-run names them only.`,
		Example: `  kubectl eso-infisical install
  kubectl eso-infisical install --version 2.4.1 --set replicaCount=2 --set leaderElect=true
  kubectl eso-infisical install --chart ./external-secrets-2.4.1.tgz --chart-digest sha256:…
  kubectl eso-infisical install --list-images -o json
  kubectl eso-infisical install --dry-run=server
  kubectl eso-infisical install --repair --dry-run=server`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	flags.Chart(fs, &o.Desired)
	flags.Wait(fs, &o.Desired)
	fs.BoolVar(&o.Desired.TakeOwnership, "take-ownership", false, "let the release take over objects of the chart that exist and belong to no release; they are named first")
	fs.BoolVarP(&o.Yes, "yes", "y", false, "answer yes to all questions")
	fs.Var(&o.DryRun, "dry-run", "none, client (render and show, without a cluster) or server (look at the cluster and let the API server judge every object)")
	fs.BoolVar(&o.ListImages, "list-images", false, "print the images that would run, for mirroring; needs no cluster")
	fs.StringVar(&o.KubeVersion, "kube-version", "", "version of Kubernetes for --list-images and --dry-run=client (default: the newest that ESO is tested with)")
	fs.BoolVar(&o.Repair, "repair", false, "mend first what stands in the way of an install; it is named first")
	o.Format.AddFlag(fs)
	return cmd
}

func (o *Options) validate() error {
	if o.KubeVersion != "" && !o.offline() {
		return &setup.InputError{Problem: "--kube-version is for --list-images and --dry-run=client; a cluster tells its own version"}
	}
	if o.Repair && o.offline() {
		return &setup.InputError{Problem: "--repair looks at the cluster: use --dry-run=server to see what would be mended, and no --list-images"}
	}
	return o.Desired.Validate()
}

// offline reports whether the run asks no cluster.
func (o *Options) offline() bool { return o.ListImages || o.DryRun == dryRunClient }

// Run installs, or shows what an install would do.
func Run(ctx context.Context, o *Options) error {
	switch {
	case o.Repair:
		return o.repairFirst(ctx)
	case o.offline():
		return o.preview(ctx)
	case o.DryRun == dryRunServer:
		return o.rehearse(ctx)
	}
	return o.install(ctx)
}

func (o *Options) preview(ctx context.Context) error {
	desired, err := o.Factory.Place(o.Desired)
	if err != nil {
		return err
	}
	seen, err := desired.Preview(ctx, o.KubeVersion)
	if o.ListImages {
		doc := &imageList{Header: output.NewHeader("ImageList"), Chart: seen.Chart, KubernetesVersion: seen.Kubernetes, Images: seen.Images}
		return output.Write(o.Factory.Streams.Out, o.Format, "ImageList", doc, err, doc.text)
	}
	doc := o.newResult(desired, setup.Installation{Findings: seen.Findings})
	doc.Chart, doc.Version, doc.Images = seen.Chart, seen.ESO, seen.Images
	for _, obj := range seen.Objects {
		doc.Objects = append(doc.Objects, plannedObject{Object: obj.GetKind() + "/" + obj.GetName(), Outcome: "rendered"})
	}
	return output.Write(o.Factory.Streams.Out, o.Format, kind, doc, err, doc.text)
}

func (o *Options) rehearse(ctx context.Context) error {
	runner, err := o.Factory.Runner(o.Desired)
	if err != nil {
		return output.Write(o.Factory.Streams.Out, o.Format, kind, nil, err, nil)
	}
	o.Factory.Progress.Start("install")
	made, trials, err := runner.DryInstall(ctx)
	o.Factory.Progress.Done("dry run, nothing has been changed", err != nil)
	doc := o.newResult(runner.Desired, made)
	refused := doc.addTrials(trials)
	if err == nil && refused {
		err = output.ErrFindings
	}
	if !o.Format.Document() { // also what was refused or stands in the way
		return errors.Join(err, doc.text(o.Factory.Streams.Out))
	}
	return output.Write(o.Factory.Streams.Out, o.Format, kind, doc, err, nil)
}

func (o *Options) install(ctx context.Context) error {
	runner, err := o.Factory.Runner(o.Desired)
	if err != nil {
		return output.Write(o.Factory.Streams.Out, o.Format, kind, nil, err, nil)
	}
	runner.Confirm = o.Factory.Confirm(ctx, o.Yes)
	o.Factory.Progress.Start("install")
	made, err := runner.InstallRelease(ctx)
	o.Factory.Progress.Done("", err != nil)
	doc := o.newResult(runner.Desired, made)
	return output.Write(o.Factory.Streams.Out, o.Format, kind, doc, err, doc.text)
}
