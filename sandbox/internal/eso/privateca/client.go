package privateca

import (
	"context"
	"fmt"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	esmeta "github.com/external-secrets/external-secrets/apis/meta/v1"
	"github.com/external-secrets/external-secrets/pkg/metrics"
	upstream "github.com/external-secrets/external-secrets/pkg/provider/infisical"
	"github.com/external-secrets/external-secrets/pkg/provider/infisical/constants"
	sdk "github.com/infisical/go-sdk"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Names of calls in the operator's metrics.
const (
	callLogIn           = "MachineIdentityLoginViaUniversalAuth"
	callLogInKubernetes = "MachineIdentityLoginViaKubernetesAuth"
	callList            = "GetSecretsV3"
	callGet             = "GetSecretByKeyV3"
	callRevoke          = "RevokeAccessToken"
)

// secretsClient is logged in to one Infisical server. What it does not have comes from upstream's provider, whose
// writing methods all say that they are not implemented.
type secretsClient struct {
	*upstream.Provider
	infisical sdk.InfisicalClientInterface
	cancel    context.CancelFunc // ends the SDK's renewal of the token
	scope     esv1.MachineIdentityScopeInWorkspace
}

var _ esv1.SecretsClient = &secretsClient{}

// logIn reads the credentials and exchanges them for a token. The CA is added to those of the system.
func logIn(ctx context.Context, store esv1.GenericStore, kube client.Client, namespace string, ca []byte) (*secretsClient, error) {
	spec := store.GetSpec().Provider.Infisical
	read := func(key esmeta.SecretKeySelector) (string, error) {
		return upstream.GetStoreSecretData(ctx, store, kube, namespace, key)
	}
	present := universalAuth
	if usesKubernetesAuth(store) {
		present = kubernetesAuth
	}
	logIn, err := present(spec.Auth, read)
	if err != nil {
		return nil, err
	}
	renewal, cancel := context.WithCancel(ctx)
	infisical := sdk.NewInfisicalClient(renewal, sdk.Config{SiteUrl: spec.HostAPI, CaCertificate: string(ca)})
	if err := logIn(infisical.Auth()); err != nil {
		cancel()
		return nil, err
	}
	scope := spec.SecretsScope
	if scope.SecretsPath == "" {
		scope.SecretsPath = "/"
	}
	return &secretsClient{Provider: &upstream.Provider{}, infisical: infisical, cancel: cancel, scope: scope}, nil
}

// Validate lists the store's secrets; being allowed to is all that counts.
func (c *secretsClient) Validate() (esv1.ValidationResult, error) {
	if _, err := c.list(false); err != nil {
		return esv1.ValidationResultError, fmt.Errorf(
			"cannot read secrets with provided project scope project:%s environment:%s secret-path:%s recursive:%t, %w",
			c.scope.ProjectSlug, c.scope.EnvironmentSlug, c.scope.SecretsPath, c.scope.Recursive, err)
	}
	return esv1.ValidationResultReady, nil
}

// Close ends the token.
func (c *secretsClient) Close(context.Context) error {
	c.cancel()
	err := c.infisical.Auth().RevokeAccessToken()
	metrics.ObserveAPICall(constants.ProviderName, callRevoke, err)
	return err
}
