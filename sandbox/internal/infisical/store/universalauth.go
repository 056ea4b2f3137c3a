package store

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// UniversalAuth is the configuration of the auth method on an identity.
type UniversalAuth struct {
	ID         string
	IdentityID string
	ClientID   string
	TokenTerms
	ClientSecretTrusted []TrustedAddress // from where one may log in
	Lockout             LockoutPolicy
	ClientSecrets       []*ClientSecret
	CreatedAt           time.Time
	UpdatedAt           time.Time
}

// TokenTerms are what an auth method grants: how long and how often access tokens can be used, and from where.
type TokenTerms struct {
	TTL       time.Duration // 0: as long as the server allows
	MaxTTL    time.Duration // with renewals; 0: for ever
	Period    time.Duration // 0: none; otherwise each renewal grants it anew, without a maximum
	UsesLimit int           // 0: any number
	Trusted   []TrustedAddress
}

const defaultTokenTTL = 30 * 24 * time.Hour

// DefaultTokenTerms are what the server gives to an auth method that is attached without terms.
func DefaultTokenTerms() TokenTerms {
	return TokenTerms{TTL: defaultTokenTTL, MaxTTL: defaultTokenTTL, Trusted: Everywhere()}
}

// NewUniversalAuth is a configuration with the server's defaults.
func NewUniversalAuth() UniversalAuth {
	return UniversalAuth{TokenTerms: DefaultTokenTerms(), ClientSecretTrusted: Everywhere(), Lockout: defaultLockoutPolicy()}
}

// AttachUniversalAuth gives the identity a configuration without asking who may; without a client id it gets one.
func (s *Store) AttachUniversalAuth(identityID string, auth UniversalAuth) UniversalAuth {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.attach(s.identity(identityID), auth)
}

// attach needs s.mu held.
func (s *Store) attach(identity *Identity, auth UniversalAuth) *UniversalAuth {
	auth.ID, auth.IdentityID = uuid.NewString(), identity.ID
	auth.CreatedAt, auth.UpdatedAt = s.now(), s.now()
	if auth.ClientID == "" {
		auth.ClientID = uuid.NewString()
	}
	identity.UniversalAuth = &auth
	return &auth
}

// EditUniversalAuth changes a configuration without asking who may or whether a server would allow it.
func (s *Store) EditUniversalAuth(identityID string, change func(*UniversalAuth)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.identity(identityID).UniversalAuth)
}

// CreateUniversalAuth attaches the method to an identity. Universal Auth has one client id for as long as it is there.
func (s *Store) CreateUniversalAuth(actor Actor, identityID string, auth UniversalAuth) (UniversalAuth, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.attachable(actor, identityID, UniversalAuthMethod, UniversalAuthTaken)
	if failure != nil {
		return UniversalAuth{}, failure
	}
	if failure := s.checkUniversalAuth(auth); failure != nil {
		return UniversalAuth{}, failure
	}
	return *s.attach(identity, auth), nil
}

// attachable returns an identity that the auth method can be added to. It needs s.mu held.
func (s *Store) attachable(actor Actor, identityID, method string, taken Cause) (*Identity, *Failure) {
	identity, failure := s.managed(actor, identityID, toCreate)
	if failure != nil {
		return nil, failure
	}
	methods := identity.AuthMethods()
	if slices.Contains(methods, method) || len(methods) > 0 && !s.rules.ManyAuthMethods {
		return nil, Fail(taken)
	}
	return identity, nil
}

// checkUniversalAuth needs s.mu held.
func (s *Store) checkUniversalAuth(auth UniversalAuth) *Failure {
	if failure := auth.TokenTerms.check(); failure != nil {
		return failure
	}
	return s.allowedByPlan(auth.ClientSecretTrusted, auth.Trusted)
}

func (t TokenTerms) check() *Failure {
	if t.MaxTTL > 0 && t.TTL > t.MaxTTL {
		return Fail(TTLAboveMaxTTL)
	}
	return nil
}

// UniversalAuth returns the configuration of an identity.
func (s *Store) UniversalAuth(actor Actor, identityID string) (UniversalAuth, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.withUniversalAuth(actor, identityID, toRead)
	if failure != nil {
		return UniversalAuth{}, failure
	}
	return *identity.UniversalAuth, nil
}

// UpdateUniversalAuth changes the configuration of an identity; tokens that are out keep their terms.
func (s *Store) UpdateUniversalAuth(actor Actor, identityID string, change func(*UniversalAuth)) (UniversalAuth, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.withUniversalAuth(actor, identityID, toEdit)
	if failure != nil {
		return UniversalAuth{}, failure
	}
	auth := *identity.UniversalAuth
	change(&auth)
	if failure := s.checkUniversalAuth(auth); failure != nil {
		return UniversalAuth{}, failure
	}
	auth.UpdatedAt = s.now()
	*identity.UniversalAuth = auth
	return auth, nil
}

// DeleteUniversalAuth detaches the method, which ends the tokens that came from it.
func (s *Store) DeleteUniversalAuth(actor Actor, identityID string) (UniversalAuth, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.withUniversalAuth(actor, identityID, toEdit, "revoke-auth")
	if failure != nil {
		return UniversalAuth{}, failure
	}
	auth := *identity.UniversalAuth
	identity.UniversalAuth = nil
	delete(s.lockouts, identity.ID)
	return auth, nil
}

// withUniversalAuth returns an identity that has the method and that the actor may do something with. It needs s.mu held.
func (s *Store) withUniversalAuth(actor Actor, identityID string, actions ...string) (*Identity, *Failure) {
	identity, failure := s.managed(actor, identityID, actions...)
	if failure != nil {
		return nil, failure
	}
	if identity.UniversalAuth == nil {
		return nil, Fail(UniversalAuthMissing, "id", identityID)
	}
	return identity, nil
}
