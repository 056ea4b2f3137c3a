package flags

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// CAFile takes the CA that signed Infisical's certificate.
type CAFile struct{ Name string }

// AddFlags adds the flag.
func (c *CAFile) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&c.Name, "ca-file", "", "PEM file with the CA certificate of Infisical's server, - for standard input")
}

// Read reads the file and refuses what is not a CA bundle.
func (c *CAFile) Read(streams genericiooptions.IOStreams) (trust.Bundle, error) {
	var data []byte
	var err error
	if c.Name == "-" {
		data, err = io.ReadAll(streams.In)
	} else {
		data, err = os.ReadFile(c.Name)
	}
	if err != nil {
		return trust.Bundle{}, &setup.InputError{Problem: fmt.Sprintf("read the CA file: %v", err)}
	}
	return setup.ReadCA(c.Name, data)
}

// ValidateWith refuses to read two things from standard input.
func (c *CAFile) ValidateWith(stdinTaken bool) error {
	if c.Name == "-" && stdinTaken {
		return &setup.InputError{Problem: "standard input can hold the CA or the other value, not both; give one of them as a file"}
	}
	return nil
}

// Optional reads the file if one was named.
func (c *CAFile) Optional(streams genericiooptions.IOStreams) (*trust.Bundle, error) {
	if c.Name == "" {
		return nil, nil
	}
	bundle, err := c.Read(streams)
	return &bundle, err
}
