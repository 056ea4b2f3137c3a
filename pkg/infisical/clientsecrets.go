package infisical

import (
	"context"
	"net/url"
	"time"
)

// ClientSecret is what the server shows of a client secret: never its value.
type ClientSecret struct {
	ID string
	// Prefix is its first four characters, Description what whoever made it has noted.
	Prefix, Description string
	// Uses counts the logins with it. UsesLimit and TTL are 0 for none.
	Uses, UsesLimit int
	TTL             time.Duration
	Created         time.Time
	Revoked         bool
}

// Expires is when it ends by itself, if it does.
func (c ClientSecret) Expires() (time.Time, bool) { return c.Created.Add(c.TTL), c.TTL > 0 }

type wireClientSecret struct {
	ID          string    `json:"id"`
	Prefix      string    `json:"clientSecretPrefix"`
	Description string    `json:"description"`
	Uses        int       `json:"clientSecretNumUses"`
	UsesLimit   int       `json:"clientSecretNumUsesLimit"`
	TTL         int64     `json:"clientSecretTTL"`
	Created     time.Time `json:"createdAt"`
	Revoked     bool      `json:"isClientSecretRevoked"`
}

func (w wireClientSecret) clientSecret() ClientSecret {
	return ClientSecret{ID: w.ID, Prefix: w.Prefix, Description: w.Description, Uses: w.Uses, UsesLimit: w.UsesLimit, TTL: seconds(w.TTL),
		Created: w.Created, Revoked: w.Revoked}
}

// CreateClientSecret makes one and returns its value, which the server never shows again. A ttl of zero is for ever. A lost answer is not
// asked for again: the secret may exist, and nobody has its value.
func (s *Session) CreateClientSecret(ctx context.Context, identityID, description string, ttl time.Duration) (ClientSecret, string, error) {
	in := map[string]any{"description": description, "numUsesLimit": 0, "ttl": int64(ttl.Seconds())}
	var out struct {
		Value string           `json:"clientSecret"`
		Data  wireClientSecret `json:"clientSecretData"`
	}
	err := s.post(ctx, "create a client secret", universalAuthPath(identityID)+"/client-secrets", in, &out, untouched)
	return out.Data.clientSecret(), out.Value, err
}

// ClientSecrets lists those that are not revoked; the server counts as revoked what was found expired or used up.
func (s *Session) ClientSecrets(ctx context.Context, identityID string) ([]ClientSecret, error) {
	var out struct {
		Data []wireClientSecret `json:"clientSecretData"`
	}
	err := s.get(ctx, "list the client secrets", universalAuthPath(identityID)+"/client-secrets", nil, &out)
	all := make([]ClientSecret, 0, len(out.Data))
	for _, w := range out.Data {
		all = append(all, w.clientSecret())
	}
	return all, err
}

// RevokeClientSecret ends one for good. On servers of 2026 the tokens that it has got end with it.
func (s *Session) RevokeClientSecret(ctx context.Context, identityID, id string) error {
	path := universalAuthPath(identityID) + "/client-secrets/" + url.PathEscape(id) + "/revoke"
	return s.post(ctx, "revoke the client secret", path, map[string]any{}, nil, always)
}
