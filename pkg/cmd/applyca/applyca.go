// Package applyca is the command that puts the CA of Infisical's server into the cluster.
package applyca

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/certificates"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// Options are the command's inputs.
type Options struct {
	Factory *clients.Factory
	Desired setup.Desired
	CA      flags.CAOrder
	Output  output.Format
}

// New makes the command; run replaces Options.Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "apply-ca",
		Short: "Put the CA certificate of a self-hosted Infisical into the cluster",
		Long: `Write the CA certificate that signed Infisical's server certificate as a ConfigMap, or with --ca-secret as a Secret, which the store
refers to, and make ESO look again at the stores that use it.

The file may be PEM, DER, PKCS#7 (.p7b) or PKCS#12 (.p12, .pfx). What can serve as a CA is picked out of it: roots and intermediates, and
self-signed certificates of servers, which are pinned. Private keys, expired and damaged certificates are refused.

Before anything is written, the server is looked at: its certificate must be valid for its name and for today, and lead to the CA. That is
done from here, or with --verify=cluster by ESO itself. ESO trusts the public CAs anyway; where they suffice, no CA is needed.

With --from-server the CA is taken from what the server presents. Compare the fingerprint with what whoever runs the server says: anybody
who stands between you and the server could present a CA of their own.`,
		Example: `  kubectl eso-infisical apply-ca --ca-file infisical-ca.crt
  kubectl eso-infisical apply-ca --ca-file truststore.p12 --ca-password-file password.txt
  kubectl eso-infisical apply-ca --from-server --host https://infisical.example.com
  kubectl eso-infisical apply-ca --from-server --fingerprint 3A:9F:…`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	o.CA.AddFlags(fs)
	flags.ConfigMap(fs, &o.Desired)
	flags.Store(fs, &o.Desired)
	flags.Host(fs, &o.Desired)
	flags.VerifyTrust(fs, &o.Desired)
	flags.Via(fs, &o.Desired)
	flags.ForceConflicts(fs, &o.Desired)
	o.Output.AddFlag(fs)
	return cmd
}

func (o *Options) validate() error {
	if !o.CA.Given() && o.CA.Fingerprint == "" {
		return &setup.InputError{Problem: "say which certificate: --ca-file FILE, or --from-server to see what the server presents"}
	}
	return errors.Join(o.Desired.Validate(), o.CA.Validate())
}

// Run reads the file before it looks for the cluster, so that a wrong one changes nothing.
func Run(ctx context.Context, o *Options) error {
	applied, err := o.apply(ctx)
	out, doc := o.Factory.Streams.Out, newDocument(applied)
	if o.Output.Document() {
		return output.Write(out, o.Output, kind, doc, err, nil)
	}
	flags.Warn(o.Factory.Streams.ErrOut, applied.Warnings)
	if err == nil || errors.Is(err, setup.ErrStoresNotReady) {
		return errors.Join(doc.write(out), err)
	}
	return err
}

func (o *Options) apply(ctx context.Context) (setup.AppliedCA, error) {
	order, err := o.CA.Order(o.Factory.Streams, certificates.Confirm(o.Factory))
	if err != nil {
		return setup.AppliedCA{}, err
	}
	runner, err := o.Factory.Runner(o.Desired)
	if err != nil {
		return setup.AppliedCA{}, err
	}
	o.Factory.Progress.Start("apply-ca")
	applied, err := runner.ApplyCA(ctx, order)
	o.Factory.Progress.Done("", err != nil)
	return applied, err
}
