package privateca

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	"github.com/external-secrets/external-secrets/pkg/find"
	"github.com/external-secrets/external-secrets/pkg/metrics"
	"github.com/external-secrets/external-secrets/pkg/provider/infisical/constants"
	sdk "github.com/infisical/go-sdk"
	"github.com/infisical/go-sdk/packages/models"
	"github.com/tidwall/gjson"
)

// GetSecret returns one secret, or one property of it where it is JSON.
func (c *secretsClient) GetSecret(_ context.Context, ref esv1.ExternalSecretDataRemoteRef) ([]byte, error) {
	path, key, err := c.locate(ref.Key)
	if err != nil {
		return nil, err
	}
	secret, err := c.infisical.Secrets().Retrieve(sdk.RetrieveSecretOptions{
		Environment:            c.scope.EnvironmentSlug,
		ProjectSlug:            c.scope.ProjectSlug,
		SecretKey:              key,
		SecretPath:             path,
		IncludeImports:         true,
		ExpandSecretReferences: c.scope.ExpandSecretReferences,
	})
	metrics.ObserveAPICall(constants.ProviderName, callGet, err)
	if err != nil {
		return nil, err
	}
	if ref.Property == "" {
		return []byte(secret.SecretValue), nil
	}
	property := gjson.Get(secret.SecretValue, ref.Property)
	if !property.Exists() {
		return nil, fmt.Errorf("property %s does not exist in secret %s", ref.Property, ref.Key)
	}
	return []byte(property.Str), nil
}

// locate splits a key into folder and name. One without a slash is in the store's own folder.
func (c *secretsClient) locate(key string) (path, name string, err error) {
	slash := strings.LastIndex(key, "/")
	switch {
	case slash < 0:
		return c.scope.SecretsPath, key, nil
	case !strings.HasPrefix(key, "/"):
		return "", "", fmt.Errorf("a secret key referencing a folder must start with a '/' as it is an absolute path, key: %s", key)
	default:
		return key[:slash], key[slash+1:], nil
	}
}

// GetSecretMap returns the members of a secret that is a JSON object; strings come without their quotes.
func (c *secretsClient) GetSecretMap(ctx context.Context, ref esv1.ExternalSecretDataRemoteRef) (map[string][]byte, error) {
	secret, err := c.GetSecret(ctx, ref)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(secret, &members); err != nil {
		return nil, fmt.Errorf("unable to unmarshal secret %s: %w", ref.Key, err)
	}
	values := make(map[string][]byte, len(members))
	for name, member := range members {
		values[name] = member
		var text string
		if json.Unmarshal(member, &text) == nil {
			values[name] = []byte(text)
		}
	}
	return values, nil
}

// GetAllSecrets returns the secrets whose key matches; before v2.2 the path is a prefix of the key.
func (c *secretsClient) GetAllSecrets(_ context.Context, ref esv1.ExternalSecretFind) (map[string][]byte, error) {
	if ref.Tags != nil {
		return nil, errors.New("find by tags not supported")
	}
	secrets, err := c.list(true)
	if err != nil {
		return nil, err
	}
	matches := func(string) bool { return true }
	if ref.Name != nil {
		matcher, err := find.New(*ref.Name)
		if err != nil {
			return nil, err
		}
		matches = matcher.MatchName
	}
	selected := map[string][]byte{}
	for _, secret := range secrets {
		if matches(secret.SecretKey) && (ref.Path == nil || strings.HasPrefix(secret.SecretKey, *ref.Path)) {
			selected[secret.SecretKey] = []byte(secret.SecretValue)
		}
	}
	return selected, nil
}

func (c *secretsClient) list(includeImports bool) ([]models.Secret, error) {
	secrets, err := c.infisical.Secrets().List(sdk.ListSecretsOptions{
		Environment:            c.scope.EnvironmentSlug,
		ProjectSlug:            c.scope.ProjectSlug,
		SecretPath:             c.scope.SecretsPath,
		Recursive:              c.scope.Recursive,
		ExpandSecretReferences: c.scope.ExpandSecretReferences,
		IncludeImports:         includeImports,
	})
	metrics.ObserveAPICall(constants.ProviderName, callList, err)
	return secrets, err
}
