package api

import (
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// clientSecretRoutes are about the secrets that log in under a client id.
func (s *server) clientSecretRoutes() []route {
	const all = universalAuthOf + "/client-secrets"
	const one = all + "/{clientSecretId}"
	return []route{
		{method: "POST", path: all, class: writes, handle: s.createClientSecret},
		{method: "GET", path: all, class: reads, handle: s.listClientSecrets},
		{method: "GET", path: one, class: reads, handle: s.getClientSecret},
		{method: "POST", path: one + "/revoke", class: writes, handle: s.revokeClientSecret},
	}
}

type clientSecretBody struct {
	ID              string `json:"id"`
	CreatedAt       string `json:"createdAt"`
	UpdatedAt       string `json:"updatedAt"`
	Description     string `json:"description"`
	Prefix          string `json:"clientSecretPrefix"`
	NumUses         int    `json:"clientSecretNumUses"`
	UsesLimit       int    `json:"clientSecretNumUsesLimit"`
	TTL             int64  `json:"clientSecretTTL"`
	UniversalAuthID string `json:"identityUAId"`
	Revoked         bool   `json:"isClientSecretRevoked"`
}

func bodyOfClientSecret(auth store.UniversalAuth, secret store.ClientSecret) clientSecretBody {
	return clientSecretBody{
		ID: secret.ID, CreatedAt: timestamp(secret.CreatedAt), UpdatedAt: timestamp(secret.UpdatedAt),
		Description: secret.Description, Prefix: secret.Prefix, NumUses: secret.NumUses, UsesLimit: secret.UsesLimit,
		TTL: int64(secret.TTL / time.Second), UniversalAuthID: auth.ID, Revoked: secret.Revoked,
	}
}

func (s *server) createClientSecret(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	terms := store.ClientSecretTerms{
		Description: in.textOr("description", ""),
		UsesLimit:   in.integer("numUsesLimit", 0, 0, 1<<30),
		TTL:         in.seconds("ttl", 0, 0),
	}
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	auth, secret, text, failure := s.store.CreateClientSecret(c.actor, c.PathValue("identityId"), terms)
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"clientSecret": text, "clientSecretData": bodyOfClientSecret(auth, secret)}, nil
}

func (s *server) listClientSecrets(c call) (any, *store.Failure) {
	auth, list, failure := s.store.ClientSecrets(c.actor, c.PathValue("identityId"))
	if failure != nil {
		return nil, failure
	}
	bodies := []clientSecretBody{}
	for _, secret := range list {
		bodies = append(bodies, bodyOfClientSecret(auth, secret))
	}
	return map[string]any{"clientSecretData": bodies}, nil
}

func (s *server) getClientSecret(c call) (any, *store.Failure) {
	return clientSecretAnswer(s.store.ClientSecret(c.actor, c.PathValue("identityId"), c.PathValue("clientSecretId")))
}

func (s *server) revokeClientSecret(c call) (any, *store.Failure) {
	return clientSecretAnswer(s.store.RevokeClientSecret(c.actor, c.PathValue("identityId"), c.PathValue("clientSecretId")))
}

func clientSecretAnswer(auth store.UniversalAuth, secret store.ClientSecret, failure *store.Failure) (any, *store.Failure) {
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"clientSecretData": bodyOfClientSecret(auth, secret)}, nil
}
