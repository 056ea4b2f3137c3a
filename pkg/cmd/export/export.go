// Package export is the command that writes the desired state as files for those who deploy by GitOps.
package export

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/export"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Desired setup.Desired
	CA      flags.CAFile
	Setup   flags.SetupFile
	// Dir is where the files go; empty for standard output.
	Dir       string
	Overwrite bool
	// Git is where Argo CD or Flux finds the files, Source the name of Flux's GitRepository, and ClusterSelector the label of a fleet of Argo CD's.
	Git             export.Git
	Source          string
	ClusterSelector string

	access  flags.Access
	targets []flags.Target
}

// New makes the command with its forms; run replaces their own in tests.
func New(f *clients.Factory, run func(context.Context, *Options, Form) error) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write what up does as files, for Argo CD, Flux, Kustomize or kubectl apply",
		Long: `Write the state that "up" brings about as files, for those who let another tool apply it. The objects are the same as up's, to the byte.

With a Setup file, or with --host and --project, what was given is written, and no cluster is asked; otherwise what the cluster holds. The Secret with the credentials
is never written: CREDENTIALS.md says how it gets into a cluster. Without --dir, everything goes to standard output.`,
		Example: `  kubectl eso-infisical export plain --dir infisical
  kubectl eso-infisical export flux -f setup.yaml --dir infisical
  kubectl eso-infisical export argocd --git-url https://git.example.com/platform.git --git-path infisical --dir infisical
  kubectl eso-infisical export doctor-cronjob | kubectl apply -f -`,
	}
	for _, form := range forms {
		cmd.AddCommand(form.command(f, run))
	}
	cmd.AddCommand(newCronJob(f))
	return cmd
}

// Form is one way to write the state.
type Form struct {
	name, short, example string
	// git is set for what names the repository of the files, and digest for what can name a chart by its digest.
	git, digest bool
	write       func(*Options, export.State) ([]export.File, error)
}

var forms = []Form{
	{name: "plain", short: "Write manifests for kubectl apply, and the chart's values", digest: true,
		example: "  kubectl eso-infisical export plain --dir infisical",
		write:   func(_ *Options, s export.State) ([]export.File, error) { return export.Plain(s) }},
	{name: "kustomize", short: "Write one kustomization for ESO's chart and one for the store",
		example: "  kubectl eso-infisical export kustomize --dir infisical\n  kubectl kustomize --enable-helm infisical/eso",
		write:   func(_ *Options, s export.State) ([]export.File, error) { return export.Kustomize(s) }},
	{name: "argocd", short: "Write Applications of Argo CD, or ApplicationSets for a fleet of clusters", git: true,
		example: "  kubectl eso-infisical export argocd --git-url https://git.example.com/platform.git --git-path infisical --dir infisical\n" +
			"  kubectl eso-infisical export argocd --git-url https://git.example.com/platform.git --cluster-selector secrets=infisical --dir infisical",
		write: func(o *Options, s export.State) ([]export.File, error) { return export.ArgoCD(s, o.Git, o.fleet()) }},
	{name: "flux", short: "Write a HelmRelease and Kustomizations of Flux", git: true, digest: true,
		example: "  kubectl eso-infisical export flux --git-path clusters/prod/infisical --dir infisical",
		write:   func(o *Options, s export.State) ([]export.File, error) { return export.Flux(s, o.Git, o.Source) }},
}

func (form Form) command(f *clients.Factory, run func(context.Context, *Options, Form) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{Use: form.name, Short: form.short, Example: form.example, Args: cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return o.complete(cmd, form) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o, form) },
	}
	fs := cmd.Flags()
	o.Setup.AddFlags(fs)
	flags.Infisical(fs, &o.Desired)
	flags.Auth(fs, &o.Desired)
	flags.Chart(fs, &o.Desired)
	o.CA.AddFlags(fs)
	o.access.AddFlags(fs)
	addOutput(fs, &o.Dir, &o.Overwrite)
	if form.git {
		fs.StringVar(&o.Git.Path, "git-path", "", "folder in the repository that --dir's content comes to")
	}
	switch form.name {
	case "argocd":
		fs.StringVar(&o.Git.URL, "git-url", "", "address of the repository that the files come to")
		fs.StringVar(&o.Git.Revision, "git-revision", "HEAD", "branch, tag or commit of it")
		fs.StringVar(&o.ClusterSelector, "cluster-selector", "", "label (KEY=VALUE) of the clusters that Argo CD knows; makes ApplicationSets for all of them")
	case "flux":
		fs.StringVar(&o.Source, "git-repository", "flux-system", "name of Flux's GitRepository with the files")
	}
	return cmd
}

func (o *Options) complete(cmd *cobra.Command, form Form) error {
	if form.name == "argocd" && o.Git.URL == "" {
		return &setup.InputError{Problem: "say which repository the files come to: --git-url"}
	}
	if _, value, found := strings.Cut(o.ClusterSelector, "="); o.ClusterSelector != "" && (!found || value == "") {
		return &setup.InputError{Problem: "--cluster-selector: write it as KEY=VALUE"}
	}
	var err error
	if o.Desired.StoreOptions.Access, err = o.access.Parse(o.Desired.StoreNamespace); err != nil {
		return err
	}
	if err := o.CA.ValidateWith(o.Desired.ReadsStdin()); err != nil {
		return err
	}
	if err := o.Desired.Validate(); err != nil {
		return err
	}
	nobodys := &flags.Credentials{Getenv: func(string) string { return "" }} // an export holds no credentials
	o.targets, err = o.Setup.Targets(cmd.Flags(), flags.Target{Desired: o.Desired, Credentials: nobodys, CA: &o.CA}, o.Factory.Streams)
	if err != nil {
		return err
	}
	return checkChart(form, o.targets[0].Desired.Chart)
}

// checkChart refuses a chart that the files could not name.
func checkChart(form Form, source helm.Source) error {
	_, _, _, digest, remote := source.InRegistry()
	switch {
	case source.Local() || !remote && (source.Repository == "" || strings.Contains(source.Chart, "/")):
		return &setup.InputError{Problem: "the files name the chart by --repo and its name there, or by oci://, and " + source.Chart + " is neither"}
	case digest != "" && !(remote && form.digest):
		return &setup.InputError{Problem: "only the plain files and Flux's can name a chart by its digest, and only one of a registry (oci://); give its version in place of the digest"}
	}
	return nil
}

// chartOf is where the chart comes from, as the files name it.
func chartOf(source helm.Source) export.Chart {
	if folder, name, tag, digest, remote := source.InRegistry(); remote {
		return export.Chart{Repository: folder, Name: name, Version: tag, Digest: digest}
	}
	return export.Chart{Repository: source.Repository, Name: source.Chart, Version: source.Version}
}

func (o *Options) fleet() *export.Fleet {
	label, value, found := strings.Cut(o.ClusterSelector, "=")
	if !found {
		return nil
	}
	return &export.Fleet{Label: label, Value: value}
}

// Write renders the state and writes it in the form.
func Write(ctx context.Context, o *Options, form Form) error {
	state, err := o.state(ctx)
	if err != nil {
		return err
	}
	files, err := form.write(o, state)
	if err != nil {
		return err
	}
	return write(o.Factory.Streams, files, o.Dir, o.Overwrite)
}

func (o *Options) state(ctx context.Context) (export.State, error) {
	var state export.State
	for i, t := range o.targets {
		desired, m, err := o.manifests(ctx, t)
		if err != nil {
			return state, err
		}
		if i == 0 {
			state.Namespace, state.Release, state.Values = desired.Namespace, desired.Release, m.Values
			state.Chart = chartOf(m.Chart)
		}
		state.Add(m.Store, m.CA, export.Reference{Namespace: m.Credentials.Namespace, Name: m.Credentials.Name})
	}
	return state, nil
}

// manifests are those of one store: of what was given, or else of what the cluster holds.
func (o *Options) manifests(ctx context.Context, t flags.Target) (setup.Desired, setup.Manifests, error) {
	var m setup.Manifests
	ca, err := t.CA.Optional(o.Factory.Streams)
	if err != nil {
		return t.Desired, m, err
	}
	if t.Desired.Told() {
		desired, err := o.Factory.Place(t.Desired)
		if err == nil {
			m, err = desired.Manifests(ctx, ca)
		}
		return desired, m, err
	}
	desired := t.Desired
	err = o.Factory.Step("export", desired, func(r *setup.Runner) (err error) {
		r.CA = ca
		m, err = r.Manifests(ctx)
		desired = r.Desired
		return err
	})
	if len(m.Unwritten) > 0 {
		o.Factory.Note("the release in the cluster has values that the files lack, since values may hold secrets; give them with --values or --set: " + strings.Join(m.Unwritten, ", "))
	}
	return desired, m, err
}
