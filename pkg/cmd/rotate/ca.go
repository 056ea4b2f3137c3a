package rotate

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/certificates"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// CAOptions are the inputs of "rotate ca".
type CAOptions struct {
	Factory *clients.Factory
	Desired setup.Desired
	CA      flags.CAOrder
	Watch   bool
	Timeout time.Duration
	Output  output.Format
}

func newCA(f *clients.Factory, run func(context.Context, *CAOptions) error) *cobra.Command {
	o := &CAOptions{Factory: f, Desired: setup.Defaults()}
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Trust a new CA beside the old one, and drop the old one when the server has switched",
		Long: `Replace the CA of Infisical's server without a moment in which ESO trusts nobody.

First the new CA is put beside the old one. As soon as the server presents a certificate that leads to the new CA and no longer to the old
one, its name, chain and dates are seen to hold with the new CA alone, and the old one is removed. Until then the command ends after the
first part and says what comes next, or with --watch waits for the server's switch.

Run again after a kill, or without naming the CA, it goes on where the last run ended.`,
		Example: `  kubectl eso-infisical rotate ca --ca-file new-ca.crt
  kubectl eso-infisical rotate ca                 # once the server has switched
  kubectl eso-infisical rotate ca --ca-file new-ca.crt --watch --timeout 8h`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	o.CA.AddFlags(fs)
	flags.ConfigMap(fs, &o.Desired)
	flags.ClusterStore(fs, &o.Desired)
	flags.Host(fs, &o.Desired)
	flags.VerifyTrust(fs, &o.Desired)
	flags.Via(fs, &o.Desired)
	flags.ForceConflicts(fs, &o.Desired)
	fs.BoolVar(&o.Watch, "watch", false, "wait until the server has switched, and drop the old CA then")
	fs.DurationVar(&o.Timeout, "timeout", time.Hour, "how long to wait with --watch")
	o.Output.AddFlag(fs)
	return cmd
}

func (o *CAOptions) validate() error {
	switch {
	case o.Desired.Verify == verify.None:
		return &setup.InputError{Problem: "a rotation needs to see which CA the server uses, so that --verify=none is no way; apply-ca --verify=none replaces the CA without looking"}
	case o.Timeout <= 0:
		return &setup.InputError{Problem: "--timeout must be above 0"}
	}
	return errors.Join(o.Desired.Validate(), o.CA.Validate())
}

// RunCA reads the file before it looks for the cluster, so that a wrong one changes nothing.
func RunCA(ctx context.Context, o *CAOptions) error {
	rotated, err := o.rotate(ctx)
	out := o.Factory.Streams.Out
	doc := newCADocument(rotated)
	if o.Output.Document() {
		return output.Write(out, o.Output, caKind, doc, err, nil)
	}
	flags.Warn(o.Factory.Streams.ErrOut, rotated.Warnings)
	if err == nil || errors.Is(err, setup.ErrStoresNotReady) || rotated.Phase == authority.Overlap {
		return errors.Join(doc.write(out), err)
	}
	return err
}

func (o *CAOptions) rotate(ctx context.Context) (setup.RotatedCA, error) {
	var order *setup.CAOrder
	if o.CA.Given() {
		given, err := o.CA.Order(o.Factory.Streams, certificates.Confirm(o.Factory))
		if err != nil {
			return setup.RotatedCA{}, err
		}
		order = &given
	}
	runner, err := o.Factory.Runner(o.Desired)
	if err != nil {
		return setup.RotatedCA{}, err
	}
	if o.Watch {
		limited, cancel := context.WithTimeout(ctx, o.Timeout)
		defer cancel()
		ctx = limited
	}
	o.Factory.Progress.Start("rotate ca")
	rotated, err := runner.RotateCA(ctx, order, o.Watch)
	o.Factory.Progress.Done("", err != nil)
	return rotated, err
}
