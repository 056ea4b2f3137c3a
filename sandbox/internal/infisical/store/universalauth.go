package store

import (
	"crypto/sha256"
	"crypto/subtle"
	"time"

	"github.com/google/uuid"
)

// UniversalAuth is the configuration of the auth method on an identity.
type UniversalAuth struct {
	ID                string
	ClientID          string
	AccessTokenTTL    time.Duration
	AccessTokenMaxTTL time.Duration
	Lockout           LockoutPolicy
	ClientSecrets     []*ClientSecret
}

// ClientSecret is one of the secrets that may log in for a client id. The text of it is not kept.
type ClientSecret struct {
	ID           string
	Prefix       string
	CreatedAt    time.Time
	UpdatedAt    time.Time
	TTL          time.Duration // 0: for ever
	NumUses      int
	NumUsesLimit int // 0: any number
	Revoked      bool

	hash [sha256.Size]byte
}

// ClientSecretLimits bound the use of a client secret; the zero value does not bound it.
type ClientSecretLimits struct {
	TTL          time.Duration
	NumUsesLimit int
}

const (
	defaultAccessTokenTTL    = 24 * time.Hour
	defaultAccessTokenMaxTTL = 30 * 24 * time.Hour
	clientSecretPrefixLength = 4
)

// AttachUniversalAuth gives the identity a Universal Auth configuration with the server's defaults.
func (s *Store) AttachUniversalAuth(identityID, clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.identities[identityID].UniversalAuth = &UniversalAuth{
		ID:                uuid.NewString(),
		ClientID:          clientID,
		AccessTokenTTL:    defaultAccessTokenTTL,
		AccessTokenMaxTTL: defaultAccessTokenMaxTTL,
		Lockout:           defaultLockoutPolicy(),
	}
}

// SetTokenTTLs changes how long access tokens of the identity live.
func (s *Store) SetTokenTTLs(identityID string, ttl, maxTTL time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	auth := s.identities[identityID].UniversalAuth
	auth.AccessTokenTTL, auth.AccessTokenMaxTTL = ttl, maxTTL
}

// AddClientSecret lets text log in for the identity and returns the id of the record.
func (s *Store) AddClientSecret(identityID, text string, limits ClientSecretLimits) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	secret := &ClientSecret{
		ID:           uuid.NewString(),
		Prefix:       text[:min(clientSecretPrefixLength, len(text))],
		CreatedAt:    now,
		UpdatedAt:    now,
		TTL:          limits.TTL,
		NumUsesLimit: limits.NumUsesLimit,
		hash:         sha256.Sum256([]byte(text)),
	}
	auth := s.identities[identityID].UniversalAuth
	auth.ClientSecrets = append(auth.ClientSecrets, secret)
	return secret.ID
}

// SetClientSecretRevoked revokes a client secret, and with it every token made from it, or takes that back. A real
// server has no way back; faults that can be healed need one.
func (s *Store) SetClientSecretRevoked(clientSecretID string, revoked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if secret := s.clientSecret(clientSecretID); secret != nil {
		secret.Revoked = revoked
		secret.UpdatedAt = s.now()
	}
}

// clientSecret needs s.mu held.
func (s *Store) clientSecret(id string) *ClientSecret {
	for _, identity := range s.identities {
		if identity.UniversalAuth == nil {
			continue
		}
		for _, secret := range identity.UniversalAuth.ClientSecrets {
			if secret.ID == id {
				return secret
			}
		}
	}
	return nil
}

// match returns the client secret that text belongs to; revoked ones match nothing.
func (a *UniversalAuth) match(text string) *ClientSecret {
	hash := sha256.Sum256([]byte(text))
	for _, secret := range a.ClientSecrets {
		if !secret.Revoked && subtle.ConstantTimeCompare(hash[:], secret.hash[:]) == 1 {
			return secret
		}
	}
	return nil
}
