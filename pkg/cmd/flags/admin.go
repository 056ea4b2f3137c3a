package flags

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/ui"
)

// TokenVariable holds an administrator's access token; the name is Infisical's own.
const TokenVariable = "INFISICAL_TOKEN"

// The administrator's machine identity in the environment.
const (
	adminIDVariable     = "INFISICAL_ADMIN_CLIENT_ID"
	adminSecretVariable = "INFISICAL_ADMIN_CLIENT_SECRET"
)

// Admin takes somebody's right to administer machine identities: a token, or the universal auth of an admin's machine identity.
type Admin struct {
	TokenFile  string
	TokenStdin bool
	ClientID   string
	SecretFile string
	// Getenv is os.Getenv outside of tests.
	Getenv func(string) string
}

// AddFlags adds the group's flags.
func (a *Admin) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&a.TokenFile, "token-file", "", "file that holds an administrator's access token (default: $"+TokenVariable+", else a hidden prompt)")
	fs.BoolVar(&a.TokenStdin, "token-stdin", false, "read the administrator's access token from standard input")
	fs.StringVar(&a.ClientID, "admin-client-id", "", "client ID of an administrator's machine identity, instead of a token (default: $"+adminIDVariable+")")
	fs.StringVar(&a.SecretFile, "admin-client-secret-file", "", "file that holds that identity's client secret (default: $"+adminSecretVariable+", else a hidden prompt)")
}

// Validate refuses two sources for one value.
func (a *Admin) Validate() error {
	if a.TokenStdin && a.TokenFile != "" {
		return &setup.InputError{Problem: "--token-stdin and --token-file exclude each other"}
	}
	if a.ClientID != "" && (a.TokenStdin || a.TokenFile != "") {
		return &setup.InputError{Problem: "give a token or an administrator's machine identity, not both"}
	}
	if a.SecretFile != "" && a.clientID() == "" {
		return &setup.InputError{Problem: "--admin-client-secret-file needs --admin-client-id"}
	}
	return nil
}

// Given reports whether any access was given.
func (a *Admin) Given() bool {
	return a.TokenFile != "" || a.TokenStdin || a.clientID() != "" || a.Getenv(TokenVariable) != ""
}

func (a *Admin) clientID() string {
	if a.ClientID != "" {
		return a.ClientID
	}
	return a.Getenv(adminIDVariable)
}

// Read collects the access, asking on a terminal for what is missing.
func (a *Admin) Read(ctx context.Context, streams genericiooptions.IOStreams) (setup.AdminAccess, error) {
	if a.TokenFile == "" && !a.TokenStdin && a.clientID() != "" {
		return a.readPair(ctx, streams)
	}
	token, err := a.readToken(ctx, streams)
	if token = strings.TrimSpace(token); err == nil && token == "" {
		err = &setup.InputError{Problem: "the administrator's access token is empty"}
	}
	return setup.AdminAccess{Token: token}, err
}

// readPair refuses what cannot be a pair before a login is spent on it.
func (a *Admin) readPair(ctx context.Context, streams genericiooptions.IOStreams) (setup.AdminAccess, error) {
	secret, err := a.readSecret(ctx, streams)
	if err != nil {
		return setup.AdminAccess{}, err
	}
	inspected, err := credentials.Inspect(infisical.UniversalAuth{ClientID: a.clientID(), ClientSecret: secret})
	if err != nil {
		return setup.AdminAccess{}, &setup.InputError{Problem: "of the administrator's machine identity, " + err.Error()}
	}
	return setup.AdminAccess{Pair: &inspected.Pair}, nil
}

func (a *Admin) readToken(ctx context.Context, streams genericiooptions.IOStreams) (string, error) {
	switch {
	case a.TokenStdin:
		data, err := io.ReadAll(io.LimitReader(streams.In, secretLimit))
		if err != nil {
			return "", fmt.Errorf("read the access token from standard input: %w", err)
		}
		return string(data), nil
	case a.TokenFile != "":
		return readFile("access token", a.TokenFile)
	case a.Getenv(TokenVariable) != "":
		return a.Getenv(TokenVariable), nil
	}
	return askAdmin(ctx, streams, "Access token of an Infisical administrator (not shown)")
}

func (a *Admin) readSecret(ctx context.Context, streams genericiooptions.IOStreams) (string, error) {
	if a.SecretFile != "" {
		return readFile("administrator's client secret", a.SecretFile)
	}
	if value := a.Getenv(adminSecretVariable); value != "" {
		return value, nil
	}
	return askAdmin(ctx, streams, "Client secret of the administrator's machine identity (not shown)")
}

func askAdmin(ctx context.Context, streams genericiooptions.IOStreams, question string) (string, error) {
	value, err := ui.ReadHidden(ctx, streams.In, streams.ErrOut, question)
	if errors.Is(err, ui.ErrNoTerminal) {
		return "", &setup.InputError{Problem: "an administrator's access is missing: give a token by --token-file, --token-stdin or the variable " + TokenVariable +
			", or a machine identity by --admin-client-id and --admin-client-secret-file"}
	}
	return value, err
}
