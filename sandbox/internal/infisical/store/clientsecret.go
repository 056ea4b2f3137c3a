package store

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// ClientSecret is one of the secrets that may log in for a client id. The text of it is not kept.
type ClientSecret struct {
	ID          string
	Description string
	Prefix      string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	TTL         time.Duration // 0: for ever
	NumUses     int
	UsesLimit   int // 0: any number
	Revoked     bool
	// TokensEnd: the tokens made from it are refused too. A secret that the server retires by itself leaves them.
	TokensEnd bool

	hash [sha256.Size]byte
}

// ClientSecretTerms describe a client secret and bound its use; the zero value does not bound it.
type ClientSecretTerms struct {
	Description string
	TTL         time.Duration
	UsesLimit   int
}

const (
	clientSecretBytes        = 32
	clientSecretPrefixLength = 4
)

// AddClientSecret lets a text log in for the identity, without asking who may, and returns the id of the record.
func (s *Store) AddClientSecret(identityID, text string, terms ClientSecretTerms) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addClientSecret(s.identity(identityID).UniversalAuth, text, terms).ID
}

// addClientSecret needs s.mu held.
func (s *Store) addClientSecret(auth *UniversalAuth, text string, terms ClientSecretTerms) *ClientSecret {
	now := s.now()
	secret := &ClientSecret{
		ID:          uuid.NewString(),
		Description: terms.Description,
		Prefix:      text[:min(clientSecretPrefixLength, len(text))],
		CreatedAt:   now,
		UpdatedAt:   now,
		TTL:         terms.TTL,
		UsesLimit:   terms.UsesLimit,
		hash:        sha256.Sum256([]byte(text)),
	}
	auth.ClientSecrets = append(auth.ClientSecrets, secret)
	return secret
}

// EditClientSecret changes a client secret as no call to a server can; faults that can be healed need that.
func (s *Store) EditClientSecret(id string, change func(*ClientSecret)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if secret := s.clientSecret(id); secret != nil {
		change(secret)
	}
}

// CreateClientSecret makes a client secret and returns its text, which nobody can ask for again.
func (s *Store) CreateClientSecret(actor Actor, identityID string, terms ClientSecretTerms) (UniversalAuth, ClientSecret, string, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.withUniversalAuth(actor, identityID, toCreate, "create-token")
	if failure != nil {
		return UniversalAuth{}, ClientSecret{}, "", failure
	}
	if failure := s.equalTo(actor, identity, BeyondOwnInSecretCreation); failure != nil {
		return UniversalAuth{}, ClientSecret{}, "", failure
	}
	data := make([]byte, clientSecretBytes)
	rand.Read(data) // never fails: crypto/rand ends the program instead
	text := hex.EncodeToString(data)
	return *identity.UniversalAuth, *s.addClientSecret(identity.UniversalAuth, text, terms), text, nil
}

// ClientSecrets returns the client secrets of an identity that are not revoked, the oldest first.
func (s *Store) ClientSecrets(actor Actor, identityID string) (UniversalAuth, []ClientSecret, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.withUniversalAuth(actor, identityID, toRead, "get-token")
	if failure != nil {
		return UniversalAuth{}, nil, failure
	}
	if failure := s.equalTo(actor, identity, BeyondOwnInSecretRead); failure != nil {
		return UniversalAuth{}, nil, failure
	}
	list := []ClientSecret{}
	for _, secret := range identity.UniversalAuth.ClientSecrets {
		if !secret.Revoked {
			list = append(list, *secret)
		}
	}
	return *identity.UniversalAuth, list, nil
}

// ClientSecret returns one client secret, also when it is revoked.
func (s *Store) ClientSecret(actor Actor, identityID, id string) (UniversalAuth, ClientSecret, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	auth, secret, failure := s.secretFor(actor, identityID, id, toRead, "get-token")
	if failure != nil {
		return UniversalAuth{}, ClientSecret{}, failure
	}
	return *auth, *secret, nil
}

// RevokeClientSecret revokes a client secret for good; to do it again is fine.
func (s *Store) RevokeClientSecret(actor Actor, identityID, id string) (UniversalAuth, ClientSecret, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	auth, secret, failure := s.secretFor(actor, identityID, id, toDelete, "delete-token")
	if failure != nil {
		return UniversalAuth{}, ClientSecret{}, failure
	}
	if failure := s.equalTo(actor, s.identity(identityID), BeyondOwnInSecretRevoking); failure != nil {
		return UniversalAuth{}, ClientSecret{}, failure
	}
	secret.Revoked, secret.TokensEnd, secret.UpdatedAt = true, true, s.now()
	return *auth, *secret, nil
}

// secretFor needs s.mu held.
func (s *Store) secretFor(actor Actor, identityID, id string, actions ...string) (*UniversalAuth, *ClientSecret, *Failure) {
	identity, failure := s.withUniversalAuth(actor, identityID, actions...)
	if failure != nil {
		return nil, nil, failure
	}
	secret := identity.UniversalAuth.secret(id)
	if secret == nil {
		return nil, nil, Fail(ClientSecretUnknown, "id", identityID)
	}
	return identity.UniversalAuth, secret, nil
}

// clientSecret needs s.mu held.
func (s *Store) clientSecret(id string) *ClientSecret {
	for _, identity := range s.identities {
		if identity.UniversalAuth != nil && identity.UniversalAuth.secret(id) != nil {
			return identity.UniversalAuth.secret(id)
		}
	}
	return nil
}

func (a *UniversalAuth) secret(id string) *ClientSecret {
	return find(a.ClientSecrets, func(c *ClientSecret) bool { return c.ID == id })
}

// match returns the client secret that text belongs to; revoked ones match nothing.
func (a *UniversalAuth) match(text string) *ClientSecret {
	hash := sha256.Sum256([]byte(text))
	return find(a.ClientSecrets, func(c *ClientSecret) bool {
		return !c.Revoked && subtle.ConstantTimeCompare(hash[:], c.hash[:]) == 1
	})
}

// spend uses the secret once. One that is expired or used up is revoked by the attempt, so that only the first
// attempt learns the reason.
func (c *ClientSecret) spend(now time.Time, comparesAsText bool) *Failure {
	switch {
	case c.TTL > 0 && !now.Before(c.CreatedAt.Add(c.TTL)):
		c.Revoked, c.UpdatedAt = true, now
		return Fail(ClientSecretExpired)
	case c.usedUp(comparesAsText):
		c.Revoked, c.UpdatedAt = true, now
		return Fail(ClientSecretExhausted)
	}
	c.NumUses++
	c.UpdatedAt = now
	return nil
}

func (c *ClientSecret) usedUp(comparesAsText bool) bool {
	if comparesAsText && c.UsesLimit > 0 {
		return strconv.Itoa(c.NumUses) >= strconv.Itoa(c.UsesLimit)
	}
	return c.UsesLimit > 0 && c.NumUses >= c.UsesLimit
}
