package flags

import (
	"context"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// CAOrder takes a CA from a file or from the server itself.
type CAOrder struct {
	File        CAFile
	FromServer  bool
	Fingerprint string
}

// AddFlags adds the group's flags.
func (c *CAOrder) AddFlags(fs *pflag.FlagSet) {
	c.File.AddFlags(fs)
	fs.BoolVar(&c.FromServer, "from-server", false, "take the CA that the server itself presents, once you have compared its fingerprint")
	fs.StringVar(&c.Fingerprint, "fingerprint", "", "SHA-256 fingerprint of the CA to take from the server, with or without colons; then nobody is asked")
}

// Given reports whether a CA was named.
func (c *CAOrder) Given() bool { return c.File.Name != "" || c.FromServer }

// Validate refuses what does not go together.
func (c *CAOrder) Validate() error {
	switch {
	case c.File.Name != "" && c.FromServer:
		return &setup.InputError{Problem: "--ca-file and --from-server exclude each other"}
	case c.Fingerprint != "" && !c.FromServer:
		return &setup.InputError{Problem: "--fingerprint goes with --from-server: it says which certificate of the server to trust"}
	}
	if c.Fingerprint != "" {
		normal, err := trust.ParseFingerprint(c.Fingerprint)
		if err != nil {
			return &setup.InputError{Problem: "--fingerprint: " + err.Error()}
		}
		c.Fingerprint = normal
	}
	return c.File.ValidateWith(false)
}

// Order reads the file; confirm asks a person about what a server presents.
func (c *CAOrder) Order(streams genericiooptions.IOStreams, confirm func(context.Context, setup.Offer) (bool, error)) (setup.CAOrder, error) {
	if c.FromServer {
		return setup.CAOrder{Fingerprint: c.Fingerprint, Confirm: confirm}, nil
	}
	file, err := c.File.Read(streams)
	return setup.CAOrder{Given: &file}, err
}
