package infisical

import (
	"context"
	"net/url"
	"strconv"
)

// Scope is the place in Infisical that is read.
type Scope struct {
	ProjectSlug, EnvironmentSlug, Path string
	Recursive, ExpandReferences        bool
}

// Secret is one secret as the server returns it.
type Secret struct {
	Key   string `json:"secretKey"`
	Value []byte `json:"-"`
	// Hidden means that the server masks the value: the identity may see that it exists, not what it is.
	Hidden bool `json:"secretValueHidden"`
}

// String keeps the value out of every log and message.
func (s Secret) String() string { return "[secret " + s.Key + "]" }

// GoString does the same for %#v.
func (s Secret) GoString() string { return s.String() }

// Secrets lists the scope's secrets, imported ones included: a key of the folder itself wins over an imported one, as in ESO. A list is one
// call however many keys are wanted, and was many times faster than getting a single one on a real server.
func (s *Session) Secrets(ctx context.Context, scope Scope) (map[string]Secret, error) {
	query := url.Values{
		"workspaceSlug": {scope.ProjectSlug}, "environment": {scope.EnvironmentSlug}, "secretPath": {scope.Path},
		"recursive": {strconv.FormatBool(scope.Recursive)}, "include_imports": {"true"},
		"expandSecretReferences": {strconv.FormatBool(scope.ExpandReferences)},
	}
	var out struct {
		Secrets []wireSecret `json:"secrets"`
		Imports []struct {
			Secrets []wireSecret `json:"secrets"`
		} `json:"imports"`
	}
	if err := s.get(ctx, "list the secrets", "/api/v3/secrets/raw", query, &out); err != nil {
		return nil, err
	}
	secrets := make(map[string]Secret, len(out.Secrets))
	for i := len(out.Imports) - 1; i >= 0; i-- {
		addAll(secrets, out.Imports[i].Secrets)
	}
	addAll(secrets, out.Secrets)
	return secrets, nil
}

type wireSecret struct {
	Secret
	SecretValue string `json:"secretValue"`
}

func addAll(secrets map[string]Secret, wire []wireSecret) {
	for _, w := range wire {
		w.Value = []byte(w.SecretValue)
		secrets[w.Key] = w.Secret
	}
}
