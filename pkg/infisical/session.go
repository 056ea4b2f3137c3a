package infisical

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// UniversalAuth is the pair that a machine identity logs in with.
type UniversalAuth struct {
	ClientID, ClientSecret string
}

// String keeps the pair out of every log and message.
func (UniversalAuth) String() string { return "[universal auth]" }

// GoString does the same for %#v.
func (UniversalAuth) GoString() string { return "[universal auth]" }

// Session is a login. Close it when done: the server keeps its token alive otherwise.
type Session struct {
	client *Client
	token  string
}

// Login logs in once. It never retries: three wrong logins lock a machine identity for everyone who uses it.
func (c *Client) Login(ctx context.Context, auth UniversalAuth) (*Session, error) {
	in := map[string]string{"clientId": auth.ClientID, "clientSecret": auth.ClientSecret}
	var out struct {
		AccessToken string `json:"accessToken"`
	}
	const op = "log in to Infisical"
	if err := c.call(ctx, op, http.MethodPost, "/api/v1/auth/universal-auth/login", nil, "", in, &out); err != nil {
		return nil, err
	}
	if out.AccessToken == "" {
		return nil, fmt.Errorf("%s: the answer holds no access token", op)
	}
	return &Session{client: c, token: out.AccessToken}, nil
}

// Close revokes the session's token.
func (s *Session) Close(ctx context.Context) error {
	in := map[string]string{"accessToken": s.token}
	return s.client.call(ctx, "revoke the access token", http.MethodPost, "/api/v1/auth/token/revoke", nil, "", in, nil)
}

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

// Secrets lists the scope's secrets, imported ones included: a key of the folder itself wins over an imported one, as in ESO.
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
	if err := s.client.call(ctx, "list the secrets", http.MethodGet, "/api/v3/secrets/raw", query, s.token, nil, &out); err != nil {
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
