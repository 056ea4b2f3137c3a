package infisical

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// UniversalAuth is the pair that a machine identity logs in with.
type UniversalAuth struct {
	ClientID, ClientSecret string
}

// String keeps the pair out of every log and message.
func (UniversalAuth) String() string { return "[universal auth]" }

// GoString does the same for %#v.
func (UniversalAuth) GoString() string { return "[universal auth]" }

// MarshalJSON keeps the pair out of JSON.
func (UniversalAuth) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

// Session is a login, or somebody's token. Close it when done: the server keeps a login's token alive otherwise.
type Session struct {
	client *Client
	token  string
	// ours means that the token came from a login of this client.
	ours bool
}

// String keeps the token out of every log and message.
func (*Session) String() string { return "[session]" }

// GoString does the same for %#v.
func (*Session) GoString() string { return "[session]" }

// WithToken makes a session of a token that somebody else has got, and may still need: Close does not revoke it.
func (c *Client) WithToken(token string) *Session { return &Session{client: c, token: token} }

// Login logs in once. It never retries: three wrong logins lock a machine identity for everyone who uses it. A pair that this client
// was refused with is not sent again; the first refusal is returned instead.
func (c *Client) Login(ctx context.Context, auth UniversalAuth) (*Session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if refused := c.refused[auth]; refused != nil {
		return nil, refused
	}
	session, err := c.logIn(ctx, "/api/v1/auth/universal-auth/login",
		map[string]string{"clientId": auth.ClientID, "clientSecret": auth.ClientSecret}, auth.ClientSecret)
	var answer *APIError
	if errors.As(err, &answer) && answer.Name != "" && hasStatus(err, http.StatusUnauthorized, http.StatusForbidden) {
		c.refused[auth] = err
	}
	return session, err
}

// forgive lets pairs be tried again that were refused while their identity was locked.
func (c *Client) forgive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.refused)
}

// LoginKubernetes logs in once with the token of a Kubernetes ServiceAccount, which the server has the cluster review.
func (c *Client) LoginKubernetes(ctx context.Context, identityID, serviceAccountToken string) (*Session, error) {
	return c.logIn(ctx, "/api/v1/auth/kubernetes-auth/login", map[string]string{"identityId": identityID, "jwt": serviceAccountToken},
		serviceAccountToken)
}

func (c *Client) logIn(ctx context.Context, path string, in map[string]string, hidden ...string) (*Session, error) {
	var out struct {
		AccessToken string `json:"accessToken"`
	}
	const op = "log in to Infisical"
	if err := c.do(ctx, call{op: op, method: http.MethodPost, path: path, in: in, out: &out, repeat: never, hidden: hidden}); err != nil {
		return nil, err
	}
	if out.AccessToken == "" {
		return nil, fmt.Errorf("%s: the answer holds no access token", op)
	}
	return &Session{client: c, token: out.AccessToken, ours: true}, nil
}

// Close revokes the token of a login.
func (s *Session) Close(ctx context.Context) error {
	if !s.ours {
		return nil
	}
	return s.client.do(ctx, call{op: "revoke the access token", method: http.MethodPost, path: "/api/v1/auth/token/revoke",
		in: map[string]string{"accessToken": s.token}, repeat: always, hidden: []string{s.token}})
}

// Claims are what a token says of itself. Nobody has verified them; fields that the token does not have are empty.
type Claims struct {
	IdentityID, ClientSecretID string
	OrganizationID             string
	// Kind is identityAccessToken for a machine identity and accessToken for a person.
	Kind      string
	ExpiresAt time.Time
}

// Claims reads the session's token.
func (s *Session) Claims() Claims {
	parts := strings.Split(s.token, ".")
	if len(parts) != 3 {
		return Claims{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var wire struct {
		IdentityID     string  `json:"identityId"`
		ClientSecretID string  `json:"clientSecretId"`
		OrgID          string  `json:"orgId"`
		OrganizationID string  `json:"organizationId"`
		TokenType      string  `json:"authTokenType"`
		Expires        float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(payload, &wire) != nil {
		return Claims{}
	}
	claims := Claims{IdentityID: wire.IdentityID, ClientSecretID: wire.ClientSecretID, OrganizationID: wire.OrgID, Kind: wire.TokenType}
	if claims.OrganizationID == "" {
		claims.OrganizationID = wire.OrganizationID
	}
	if wire.Expires > 0 {
		claims.ExpiresAt = time.Unix(int64(wire.Expires), 0)
	}
	return claims
}

// get, post and remove send a call with the session's token.
func (s *Session) get(ctx context.Context, op, path string, query map[string][]string, out any) error {
	return s.client.do(ctx, call{op: op, method: http.MethodGet, path: path, query: query, token: s.token, out: out, repeat: always})
}

func (s *Session) post(ctx context.Context, op, path string, in, out any, r repeat) error {
	return s.client.do(ctx, call{op: op, method: http.MethodPost, path: path, token: s.token, in: in, out: out, repeat: r})
}

func (s *Session) remove(ctx context.Context, op, path string) error {
	return s.client.do(ctx, call{op: op, method: http.MethodDelete, path: path, token: s.token, repeat: always})
}
