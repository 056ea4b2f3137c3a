package initialize

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/certificates"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/flags"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup/file"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// caName is the file that a CA from the server goes to, beside the Setup file.
const caName = "infisical-ca.crt"

// authority puts the CA that was ordered into the Setup file, and returns it, nil for none.
func (o *Options) authority(ctx context.Context, s *file.Setup) (*trust.Bundle, error) {
	if !o.CA.Given() {
		return nil, nil
	}
	if o.CA.FromServer {
		return o.authorityFromServer(ctx, s)
	}
	read, err := o.CA.File.Read(o.Factory.Streams)
	if err != nil {
		return nil, err
	}
	flags.Warn(o.Factory.Streams.ErrOut, read.Warnings)
	if o.CA.File.Name == file.Stdin {
		return &read.Bundle, o.keepAuthority(s, read.Bundle)
	}
	s.Infisical.CAFile, s.Infisical.CAPasswordFile = o.fromFile(o.CA.File.Name), o.fromFile(o.CA.File.PasswordFile)
	return &read.Bundle, nil
}

// authorityFromServer takes what the server presents, if the fingerprint or a person says so, and writes it beside the Setup file.
func (o *Options) authorityFromServer(ctx context.Context, s *file.Setup) (*trust.Bundle, error) {
	order := setup.CAOrder{Fingerprint: o.CA.Fingerprint, Confirm: certificates.Confirm(o.Factory)}
	desired := o.Desired
	desired.Host = s.Infisical.Host
	o.Factory.Progress.Start("certificate")
	bundle, warnings, err := o.Factory.Infisical(desired).TakeCA(ctx, order)
	o.Factory.Progress.Done("", err != nil)
	if err != nil {
		return nil, err
	}
	flags.Warn(o.Factory.Streams.ErrOut, warnings)
	if len(bundle.Certificates) == 0 {
		o.Factory.Note("the server's certificate is trusted without a CA of its own")
		return nil, nil
	}
	return &bundle, o.keepAuthority(s, bundle)
}

func (o *Options) keepAuthority(s *file.Setup, bundle trust.Bundle) error {
	path := caName
	if o.File != file.Stdin {
		path = filepath.Join(filepath.Dir(o.File), caName)
	}
	if err := o.write(path, bundle.PEM()); err != nil {
		return err
	}
	s.Infisical.CAFile = caName
	fmt.Fprintln(o.Factory.Streams.ErrOut, path+" written")
	return nil
}
