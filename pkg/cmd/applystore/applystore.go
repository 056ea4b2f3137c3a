// Package applystore is the command that connects the cluster to a project of Infisical.
package applystore

import (
	"context"

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
	Output  output.Format
	DryRun  flags.DryRun

	kind              string
	recursive, expand bool
	access            flags.Access
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "apply-store",
		Short: "Connect the cluster to an Infisical project with a ClusterSecretStore or SecretStore, and wait until it is ready",
		Long: `Write the store for a project of Infisical and wait until External Secrets Operator has judged it.

Before anything is written, Infisical is asked with one login whether the project, the environment and the path exist, and the cluster
whether its ESO knows every field. If the store is not ready, the cause is named, with what to do. What is not given is taken from
the existing store. Without --allow-namespace and --allow-namespace-selector every namespace may use a ClusterSecretStore.`,
		Example: `  kubectl eso-infisical apply-store --host https://infisical.example.com --project archon-platform
  kubectl eso-infisical apply-store --environment staging --diff
  kubectl eso-infisical apply-store --allow-namespace team-a --allow-namespace-selector 'secrets=infisical'
  kubectl eso-infisical apply-store --kind SecretStore --store-namespace team-a --project archon-platform`,
		Args:    cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return o.complete(cmd) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	flags.Infisical(fs, &o.Desired)
	flags.Auth(fs, &o.Desired)
	flags.Verify(fs, &o.Desired)
	fs.Lookup("verify").Usage = "who looks beforehand whether the place in Infisical exists: local (this machine); with cluster or none ESO alone does, afterwards"
	flags.Via(fs, &o.Desired)
	flags.ForceConflicts(fs, &o.Desired)
	fs.StringVar(&o.kind, "kind", "", "ClusterSecretStore, or SecretStore with --store-namespace (default: as --store-namespace is given or not)")
	fs.BoolVar(&o.recursive, "recursive", false, "read the folders below the path, too (default: as the existing store)")
	fs.BoolVar(&o.expand, "expand-references", true, "replace references to other secrets by their values (default: as the existing store)")
	fs.StringVar(&o.Desired.StoreOptions.Organization, "organization", "", "slug of the organisation to log in to, with ESO 2.7.0 or newer (default: the existing store's, else the identity's own)")
	fs.BoolVar(&o.Desired.StoreOptions.NoCA, "no-ca", false, "refer to no CA certificate, for a server that ESO trusts without")
	o.access.AddFlags(fs)
	o.DryRun.AddFlags(fs)
	o.Output.AddFlag(fs)
	return cmd
}

func (o *Options) complete(cmd *cobra.Command) error {
	switch {
	case o.kind == "SecretStore" && o.Desired.StoreNamespace == "":
		return &setup.InputError{Problem: "a SecretStore lives in a namespace: name it with --store-namespace"}
	case o.kind == "ClusterSecretStore" && o.Desired.StoreNamespace != "":
		return &setup.InputError{Problem: "a ClusterSecretStore has no namespace: leave --store-namespace out, or take --kind SecretStore"}
	case o.kind != "" && o.kind != "SecretStore" && o.kind != "ClusterSecretStore":
		return &setup.InputError{Problem: "--kind is ClusterSecretStore or SecretStore"}
	case o.Desired.StoreOptions.NoCA && o.Desired.CA.Name != "":
		return &setup.InputError{Problem: "--no-ca and --ca-configmap exclude each other"}
	}
	if cmd.Flags().Changed("recursive") {
		o.Desired.StoreOptions.Recursive = &o.recursive
	}
	if cmd.Flags().Changed("expand-references") {
		o.Desired.StoreOptions.Expand = &o.expand
	}
	var err error
	if o.Desired.StoreOptions.Access, err = o.access.Parse(o.Desired.StoreNamespace); err != nil {
		return err
	}
	return o.Desired.Validate()
}

// Run applies the store, or says what that would change.
func Run(ctx context.Context, o *Options) error {
	var applied setup.StoreResult
	err := o.Factory.Step("apply-store", o.Desired, func(r *setup.Runner) (err error) {
		if err := r.Remember(ctx); err != nil {
			return err
		}
		if o.DryRun.Only() {
			applied, err = r.PreviewStore(ctx, o.DryRun.Server())
			return err
		}
		applied, err = r.ApplyStore(ctx)
		return err
	})
	return o.print(applied, err)
}
