package privateca

import (
	"fmt"
	"os"
	"path/filepath"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	esmeta "github.com/external-secrets/external-secrets/apis/meta/v1"
	"github.com/external-secrets/external-secrets/pkg/metrics"
	"github.com/external-secrets/external-secrets/pkg/provider/infisical/constants"
	sdk "github.com/infisical/go-sdk"
)

// TokenDirVariable names the directory of this host with the pod's ServiceAccount token.
const TokenDirVariable = "ESO_SANDBOX_SERVICE_ACCOUNT"

// login presents credentials that have been read.
type login func(sdk.AuthInterface) error

// reader reads a key of a Secret.
type reader func(esmeta.SecretKeySelector) (string, error)

func universalAuth(auth esv1.InfisicalAuth, read reader) (login, error) {
	clientID, err := read(auth.UniversalAuthCredentials.ClientID)
	if err != nil {
		return nil, err
	}
	clientSecret, err := read(auth.UniversalAuthCredentials.ClientSecret)
	if err != nil {
		return nil, err
	}
	return func(a sdk.AuthInterface) error {
		_, err := a.UniversalAuthLogin(clientID, clientSecret)
		return observed("universal auth", callLogIn, err)
	}, nil
}

func kubernetesAuth(auth esv1.InfisicalAuth, read reader) (login, error) {
	identityID, err := read(auth.KubernetesAuthCredentials.IdentityID)
	if err != nil {
		return nil, fmt.Errorf("failed to get secret data identityId %w", err)
	}
	path := tokenPath()
	if selector := auth.KubernetesAuthCredentials.ServiceAccountTokenPath; selector.Name != "" {
		if path, err = read(selector); err != nil {
			return nil, fmt.Errorf("failed to get secret data serviceAccountTokenPath %w", err)
		}
	}
	return func(a sdk.AuthInterface) error {
		_, err := a.KubernetesAuthLogin(identityID, path)
		return observed("kubernetes auth", callLogInKubernetes, err)
	}, nil
}

// tokenPath is empty outside of the sandbox's node, which stands for the SDK's own default.
func tokenPath() string {
	if dir := os.Getenv(TokenDirVariable); dir != "" {
		return filepath.Join(dir, "token")
	}
	return ""
}

// observed counts the call and names the way in which it has failed.
func observed(way, call string, err error) error {
	metrics.ObserveAPICall(constants.ProviderName, call, err)
	if err != nil {
		return fmt.Errorf("failed to authenticate via %s %w", way, err)
	}
	return nil
}
