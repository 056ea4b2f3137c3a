package flags

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// caLimit is more than any trust file has, in bytes.
const caLimit = 1 << 24

// CAFile takes the CA that signed Infisical's certificate.
type CAFile struct {
	Name string
	// PasswordFile holds the password of a PKCS#12 file.
	PasswordFile string

	// read is what Read has returned before: standard input can be read but once.
	read *trust.File
}

// AddFlags adds the flags.
func (c *CAFile) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&c.Name, "ca-file", "", "file with the CA certificate of Infisical's server: PEM, DER, PKCS#7 or PKCS#12; - for standard input")
	fs.StringVar(&c.PasswordFile, "ca-password-file", "", "file with the password of a CA file in PKCS#12 form")
}

// Read reads the file and refuses what cannot serve as a CA. It does so once, however often it is called.
func (c *CAFile) Read(streams genericiooptions.IOStreams) (trust.File, error) {
	if c.read != nil {
		return *c.read, nil
	}
	file, err := c.load(streams)
	if err == nil {
		c.read = &file
	}
	return file, err
}

func (c *CAFile) load(streams genericiooptions.IOStreams) (trust.File, error) {
	var from io.Reader = streams.In
	if c.Name != "-" {
		file, err := os.Open(c.Name)
		if err != nil {
			return trust.File{}, &setup.InputError{Problem: fmt.Sprintf("read the CA file: %v", err)}
		}
		defer file.Close()
		from = file
	}
	data, err := io.ReadAll(io.LimitReader(from, caLimit))
	if err != nil {
		return trust.File{}, &setup.InputError{Problem: fmt.Sprintf("read the CA file: %v", err)}
	}
	password := ""
	if c.PasswordFile != "" {
		if password, err = readFile("password of the CA file", c.PasswordFile); err != nil {
			return trust.File{}, err
		}
	}
	return setup.ReadCA(c.Name, data, strings.TrimRight(password, "\r\n"))
}

// ValidateWith refuses to read two things from standard input.
func (c *CAFile) ValidateWith(stdinTaken bool) error {
	switch {
	case c.Name == "-" && stdinTaken:
		return &setup.InputError{Problem: "standard input can hold the CA or the other value, not both; give one of them as a file"}
	case c.Name == "" && c.PasswordFile != "":
		return &setup.InputError{Problem: "--ca-password-file is for the file that --ca-file names"}
	}
	return nil
}

// Optional reads the file if one was named, and writes what a person should know of it to standard error.
func (c *CAFile) Optional(streams genericiooptions.IOStreams) (*trust.Bundle, error) {
	if c.Name == "" {
		return nil, nil
	}
	told := c.read != nil
	file, err := c.Read(streams)
	if err != nil {
		return nil, err
	}
	if !told {
		Warn(streams.ErrOut, file.Warnings)
	}
	return &file.Bundle, nil
}

// Warn writes warnings to standard error.
func Warn(w io.Writer, warnings []trust.Warning) {
	for _, warning := range warnings {
		fmt.Fprintln(w, "warning: "+warning.Text)
	}
}

// ConfigMap names the object with the CA: a ConfigMap or a Secret.
func ConfigMap(fs *pflag.FlagSet, d *setup.Desired) {
	fs.Var(&caValue{source: &d.CA}, "ca-configmap", `name of the ConfigMap with Infisical's CA certificate (default: the existing store's, else "`+setup.DefaultConfigMap+`")`)
	fs.Var(&caValue{source: &d.CA, secret: true}, "ca-secret", "name of a Secret with Infisical's CA certificate, in place of a ConfigMap")
}

// caValue makes eso.CASource two flags that exclude each other.
type caValue struct {
	source *eso.CASource
	secret bool
}

func (v *caValue) Type() string { return "string" }

func (v *caValue) String() string {
	if v.source == nil || v.source.Secret != v.secret {
		return ""
	}
	return v.source.Name
}

func (v *caValue) Set(name string) error {
	if v.source.Name != "" && v.source.Secret != v.secret {
		return fmt.Errorf("--ca-configmap and --ca-secret exclude each other")
	}
	v.source.Name, v.source.Secret = name, v.secret && name != ""
	return nil
}
