package rotate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/rotation"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// CredentialsOptions are the inputs of "rotate credentials".
type CredentialsOptions struct {
	Factory  *clients.Factory
	Desired  setup.Desired
	Admin    flags.Admin
	NewPair  flags.Credentials
	Rotation setup.Rotation
	Output   output.Format

	keepOld *time.Duration
}

func newCredentials(f *clients.Factory, run func(context.Context, *CredentialsOptions) error) *cobra.Command {
	o := &CredentialsOptions{Factory: f, Desired: setup.Defaults(), Admin: flags.Admin{Getenv: os.Getenv},
		NewPair: flags.Credentials{Getenv: func(string) string { return "" }}}
	cmd := &cobra.Command{
		Use:   "credentials",
		Short: "Replace the client secret in the cluster, and revoke the old one when nobody uses it any more",
		Long: `Replace the machine identity's client secret while ESO works with it.

With an administrator's access to Infisical a new client secret is created and seen to work, the Secret is switched, every store that
uses it must become ready and one ExternalSecret of each is synced, and when the old client secret's counter of logins stands still,
it is revoked. A failure before the switch changes nothing; after it, the old pair is put back. A run that was killed is completed by
the next one.

With --keep-old the old client secret stays valid for that long after the switch. The command does not wait: the time is noted on the
Secret, and the next run after it revokes the old one, and does nothing else.

Without such access, give a new pair by --client-id and --client-secret-stdin or --client-secret-file: all the same is done, but for
creating and revoking.`,
		Example: `  INFISICAL_TOKEN=… kubectl eso-infisical rotate credentials
  kubectl eso-infisical rotate credentials --client-id-file id.txt --client-secret-stdin < new-secret.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	o.keepOld = fs.Duration("keep-old", 0, "keep the old client secret valid for this long after the switch, such as 24h; the next run after that revokes it")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if fs.Changed("keep-old") {
			o.Rotation.KeepOld = o.keepOld
		}
		return o.validate()
	}
	o.Output.AddFlag(fs)
	flags.ClusterStore(fs, &o.Desired)
	flags.Secret(fs, &o.Desired)
	flags.Verify(fs, &o.Desired)
	flags.Via(fs, &o.Desired)
	flags.PlainHTTP(fs, &o.Desired)
	flags.ForceConflicts(fs, &o.Desired)
	o.Admin.AddFlags(fs)
	o.NewPair.AddFlags(fs)
	fs.StringVar(&o.Desired.MachineIdentity.ID, "identity-id", "", "ID of the machine identity, where the Secret does not say it (default: found by the name eso-PROJECT)")
	fs.DurationVar(&o.Rotation.TTL, "client-secret-ttl", 0, "how long the new client secret is valid, such as 8760h for a year; 0 is for ever")
	fs.DurationVar(&o.Rotation.Settle, "settle", 10*time.Second, "revoke the old client secret once nobody has used it for this long")
	fs.BoolVar(&o.Rotation.AllStores, "all-stores", false, "rotate the client secrets of all stores for Infisical")
	return cmd
}

func (o *CredentialsOptions) validate() error {
	switch {
	case o.NewPair.Given() && (o.Admin.TokenFile != "" || o.Admin.TokenStdin || o.Admin.ClientID != ""):
		return &setup.InputError{Problem: "a new pair and an administrator's access exclude each other: with the latter the new client secret is created"}
	case o.NewPair.Given() && o.Rotation.AllStores:
		return &setup.InputError{Problem: "--all-stores needs an administrator's access: one new pair cannot be that of several machine identities"}
	case o.NewPair.Given() && o.Rotation.KeepOld != nil:
		return &setup.InputError{Problem: "--keep-old needs an administrator's access: without it nobody revokes the old client secret"}
	case o.NewPair.Given() && o.Desired.Verify == verify.None:
		return &setup.InputError{Problem: "--verify=none would let ESO be the first to try the new pair, and a wrong one locks the machine identity for everyone; use local or cluster"}
	case o.Rotation.TTL < 0 || o.Rotation.TTL%time.Second != 0 || *o.keepOld < 0 || o.Rotation.Settle < 0:
		return &setup.InputError{Problem: "--client-secret-ttl must be a number of whole seconds, and no duration may be below 0"}
	}
	return errors.Join(o.Admin.Validate(), o.NewPair.Validate())
}

// RunCredentials rotates one Secret after the other. In text each is told when it is done; a document tells of all at the end.
func RunCredentials(ctx context.Context, o *CredentialsOptions) error {
	d := &document{Header: output.NewHeader(kind), Secrets: []rotated{}}
	err := o.rotateAll(ctx, func(plan rotation.Plan, result rotation.Result) {
		d.add(plan, result)
		if !o.Output.Document() {
			fmt.Fprintf(o.Factory.Streams.Out, "secret/%s %s\n", plan.Secret.Name, describe(result))
		}
	})
	return output.Write(o.Factory.Streams.Out, o.Output, kind, d, err, nil)
}

func (o *CredentialsOptions) rotateAll(ctx context.Context, done func(rotation.Plan, rotation.Result)) error {
	access, err := o.readInputs(ctx)
	if err != nil {
		return err
	}
	runner, err := o.Factory.Runner(o.Desired)
	if err != nil {
		return err
	}
	plans, err := runner.RotationPlans(ctx, o.Rotation)
	if err != nil {
		return err
	}
	for _, plan := range plans {
		result, err := o.rotate(ctx, runner, access, plan)
		if err != nil {
			return err
		}
		done(plan, result)
	}
	return nil
}

// readInputs reads a new pair or an administrator's access before it looks for the cluster.
func (o *CredentialsOptions) readInputs(ctx context.Context) (*setup.AdminAccess, error) {
	if o.NewPair.Given() {
		pair, err := o.NewPair.Read(ctx, o.Factory.Streams)
		o.Rotation.NewPair = &pair
		return nil, err
	}
	access, err := o.Admin.Read(ctx, o.Factory.Streams)
	return &access, err
}

func (o *CredentialsOptions) rotate(ctx context.Context, runner *setup.Runner, access *setup.AdminAccess, plan rotation.Plan) (rotation.Result, error) {
	var admin *identity.Admin
	if access != nil {
		o.Factory.Progress.Start("log in")
		opened, end, err := runner.AdministerAt(ctx, plan.Server, *access)
		o.Factory.Progress.Done("", err != nil)
		if err != nil {
			return rotation.Result{}, err
		}
		defer end()
		admin = opened
	}
	o.Factory.Progress.Start("rotate")
	result, err := runner.Rotator(admin).Rotate(ctx, plan)
	o.Factory.Progress.Done("", err != nil)
	return result, err
}
