// Package initialize is the command that writes a Setup file: "init", which Go keeps for itself as a package's name.
package initialize

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup/file"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/ui"
)

// Options are the command's inputs.
type Options struct {
	Factory     *clients.Factory
	Desired     setup.Desired
	Credentials flags.Credentials
	Admin       flags.Admin
	CA          flags.CAOrder
	// File is the Setup file to write, or - for standard output.
	File      string
	Overwrite bool
	// Schema prints the JSON schema instead.
	Schema bool
}

// New makes the command; run replaces Run in tests.
func New(f *clients.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Desired: setup.Defaults(), Credentials: flags.Credentials{Getenv: os.Getenv}, Admin: flags.Admin{Getenv: os.Getenv}}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a Setup file, which up and export read, and explain each of its fields",
		Long: `Write a Setup file: what a cluster is to have, with the stores of all projects, for "up -f" and "export -f". It holds names and paths, and never
a secret, so that it can be kept in version control.

On a terminal it asks for what is not given. It looks at the server's certificate, and once you have compared the fingerprint, writes the CA beside
the Setup file. With an administrator's access or a machine identity's credentials it lists the projects and environments to choose from.
Off a terminal, --host and --project must be given. No cluster is asked, and nothing in Infisical is changed.`,
		Example: `  kubectl eso-infisical init
  kubectl eso-infisical init --host https://infisical.example.com --ca-file infisical-ca.crt --project archon-platform --key DASHSCOPE_API_KEY
  kubectl eso-infisical init --schema > setup.schema.json`,
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return o.validate() },
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	fs := cmd.Flags()
	fs.StringVarP(&o.File, "file", "f", "setup.yaml", "Setup file to write, or - for standard output")
	fs.BoolVar(&o.Overwrite, "overwrite", false, "replace files that hold something else")
	fs.BoolVar(&o.Schema, "schema", false, "print the JSON schema of Setup files instead")
	flags.Infisical(fs, &o.Desired)
	flags.Auth(fs, &o.Desired)
	flags.Via(fs, &o.Desired)
	flags.Test(fs, &o.Desired)
	fs.StringVar(&o.Desired.Chart.Version, "version", setup.DefaultChartVersion, "version of External Secrets Operator's chart; empty keeps what is installed")
	o.CA.AddFlags(fs)
	o.Credentials.AddFlags(fs)
	o.Admin.AddFlags(fs)
	for name, usage := range map[string]string{"project": "slug of the Infisical project", "environment": `slug of the environment (default "` + setup.DefaultEnvironment + `")`,
		"path": `folder in the environment (default "/")`, "host": "Infisical's address, https://HOST[:PORT]", "auth": "how ESO logs in: universal (client ID and client secret) or kubernetes (its ServiceAccount's token) (default universal)",
		"secret": `name of the Secret with the machine identity's credentials (default "` + setup.DefaultSecret + `")`, "ca-configmap": `name of the ConfigMap for Infisical's CA certificate (default "` + setup.DefaultConfigMap + `")`} {
		fs.Lookup(name).Usage = usage
	}
	return cmd
}

func (o *Options) validate() error {
	if o.File == "" {
		return &setup.InputError{Problem: "--file names no file"}
	}
	return errors.Join(o.Desired.Validate(), o.CA.Validate(), o.Credentials.Validate(), o.Admin.Validate())
}

// Run writes the schema or the file.
func Run(ctx context.Context, o *Options) error {
	if o.Schema {
		schema, err := file.Schema()
		if err == nil {
			_, err = o.Factory.Streams.Out.Write(schema)
		}
		return err
	}
	if err := o.checkFree(o.File); err != nil {
		return err
	}
	s := o.given()
	if err := o.fill(ctx, s); err != nil {
		return err
	}
	if err := o.save(s); err != nil {
		return err
	}
	if o.File != file.Stdin {
		fmt.Fprintf(o.Factory.Streams.Out, "%s written; look at it, and then: kubectl eso-infisical up -f %s\n", o.File, o.File)
	}
	return nil
}

// given is what flags and variables say.
func (o *Options) given() *file.Setup {
	d := o.Desired
	store := file.Store{Name: d.Store, Namespace: d.StoreNamespace, Project: d.Project, Environment: d.Environment, Path: d.Path, Key: d.Key, Auth: string(d.Auth),
		Secret: d.Credentials.Name, ClientID: o.Credentials.ClientID, ClientIDFile: o.fromFile(o.Credentials.ClientIDFile), ClientSecretFile: o.fromFile(o.Credentials.ClientSecretFile)}
	if d.CA.Secret {
		store.CASecret = d.CA.Name
	} else {
		store.CAConfigMap = d.CA.Name
	}
	s := &file.Setup{APIVersion: file.APIVersion, Kind: file.Kind,
		Operator:  file.Operator{Namespace: *o.Factory.Connection.Flags.Namespace, Chart: file.Chart{Version: d.Chart.Version}},
		Infisical: file.Infisical{Host: d.Host, PlainHTTP: d.PlainHTTP}, Test: file.Test{Namespace: d.TestNamespace}, Stores: []file.Store{store}}
	if d.Via.Name != "" {
		s.Infisical.Via = d.Via.String()
	}
	return s
}

// fill asks for what is missing where there is a terminal, and takes the CA.
func (o *Options) fill(ctx context.Context, s *file.Setup) error {
	if ui.CanAsk(o.Factory.Streams.In) {
		return o.interview(ctx, s)
	}
	var missing []string
	if s.Infisical.Host == "" {
		missing = append(missing, "--host")
	}
	if s.Stores[0].Project == "" {
		missing = append(missing, "--project")
	}
	if len(missing) > 0 {
		return &setup.InputError{Problem: "there is no terminal to ask on, so " + strings.Join(missing, " and ") + " must be given"}
	}
	_, err := o.authority(ctx, s)
	if err == nil && s.Infisical.CAFile == "" && !o.CA.FromServer && strings.HasPrefix(s.Infisical.Host, "https://") {
		o.Factory.Note("no CA is given; for a server whose certificate is not public, give --ca-file, or --from-server and --fingerprint")
	}
	return err
}
