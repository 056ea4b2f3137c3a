package flags

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/ui"
)

// Infisical's own names for a machine identity's credentials in the environment.
const (
	clientIDVariable     = "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"
	clientSecretVariable = "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"
)

// secretLimit is more than any client secret or token has, in bytes.
const secretLimit = 1 << 14

// Credentials takes a machine identity's client ID and client secret. The secret comes from stdin, a file, the environment or a
// hidden prompt: a value in a command line would be readable by everyone on the machine.
type Credentials struct {
	ClientID         string
	ClientIDFile     string
	ClientSecretFile string
	Stdin            bool
	// Getenv is os.Getenv outside of tests.
	Getenv func(string) string

	// read is what Read has returned before: neither a person nor standard input is to be asked twice.
	read *infisical.UniversalAuth
}

// AddFlags adds the group's flags.
func (c *Credentials) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&c.ClientID, "client-id", "", "client ID of the machine identity (default: $"+clientIDVariable+")")
	fs.StringVar(&c.ClientIDFile, "client-id-file", "", "file that holds the client ID")
	fs.StringVar(&c.ClientSecretFile, "client-secret-file", "", "file that holds the client secret")
	fs.BoolVar(&c.Stdin, "client-secret-stdin", false, "read the client secret from standard input (default: $"+clientSecretVariable+", else a hidden prompt)")
}

// Validate refuses two sources for one value.
func (c *Credentials) Validate() error {
	if c.Stdin && c.ClientSecretFile != "" {
		return &setup.InputError{Problem: "--client-secret-stdin and --client-secret-file exclude each other"}
	}
	if c.ClientID != "" && c.ClientIDFile != "" {
		return &setup.InputError{Problem: "--client-id and --client-id-file exclude each other"}
	}
	return nil
}

// Given reports whether any of the credentials was given.
func (c *Credentials) Given() bool {
	return c.ClientID != "" || c.ClientIDFile != "" || c.Getenv(clientIDVariable) != "" || c.SecretGiven()
}

// Complete reports whether the pair can be read without asking anybody.
func (c *Credentials) Complete() bool {
	return (c.ClientID != "" || c.ClientIDFile != "" || c.Getenv(clientIDVariable) != "") &&
		(c.Stdin || c.ClientSecretFile != "" || c.Getenv(clientSecretVariable) != "")
}

// SecretGiven reports whether the client secret was given.
func (c *Credentials) SecretGiven() bool {
	return c.ClientSecretFile != "" || c.Stdin || c.Getenv(clientSecretVariable) != ""
}

// Read collects the pair, asking on a terminal for what is missing. It does so once, however often it is called.
func (c *Credentials) Read(ctx context.Context, streams genericiooptions.IOStreams) (infisical.UniversalAuth, error) {
	if c.read != nil {
		return *c.read, nil
	}
	pair, err := c.collect(ctx, streams)
	if err == nil {
		c.read = &pair
	}
	return pair, err
}

func (c *Credentials) collect(ctx context.Context, streams genericiooptions.IOStreams) (infisical.UniversalAuth, error) {
	id, err := c.readID(ctx, streams)
	if err != nil {
		return infisical.UniversalAuth{}, err
	}
	secret, err := c.readSecret(ctx, streams)
	if err != nil {
		return infisical.UniversalAuth{}, err
	}
	inspected, err := credentials.Inspect(infisical.UniversalAuth{ClientID: id, ClientSecret: secret})
	if err != nil {
		return infisical.UniversalAuth{}, &setup.InputError{Problem: err.Error()}
	}
	for _, note := range inspected.Notes {
		fmt.Fprintln(streams.ErrOut, "note: "+note)
	}
	return inspected.Pair, nil
}

func (c *Credentials) readID(ctx context.Context, streams genericiooptions.IOStreams) (string, error) {
	switch {
	case c.ClientID != "":
		return c.ClientID, nil
	case c.ClientIDFile != "":
		return readFile("client ID", c.ClientIDFile)
	case c.Getenv(clientIDVariable) != "":
		return c.Getenv(clientIDVariable), nil
	}
	return ask(ctx, streams, "Client ID of the machine identity")
}

func (c *Credentials) readSecret(ctx context.Context, streams genericiooptions.IOStreams) (string, error) {
	switch {
	case c.Stdin:
		data, err := io.ReadAll(io.LimitReader(streams.In, secretLimit))
		if err != nil {
			return "", fmt.Errorf("read the client secret from standard input: %w", err)
		}
		return string(data), nil
	case c.ClientSecretFile != "":
		return readFile("client secret", c.ClientSecretFile)
	case c.Getenv(clientSecretVariable) != "":
		return c.Getenv(clientSecretVariable), nil
	}
	return ask(ctx, streams, "Client secret (not shown)")
}

func ask(ctx context.Context, streams genericiooptions.IOStreams, question string) (string, error) {
	value, err := ui.ReadHidden(ctx, streams.In, streams.ErrOut, question)
	if errors.Is(err, ui.ErrNoTerminal) {
		return "", &setup.InputError{Problem: setup.NoCredentials}
	}
	return value, err
}

func readFile(what, name string) (string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return "", &setup.InputError{Problem: fmt.Sprintf("read the %s: %v", what, err)}
	}
	return string(data), nil
}
