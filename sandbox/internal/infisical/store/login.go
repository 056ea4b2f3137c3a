package store

import "time"

// Login is what a client sends to log in with Universal Auth.
type Login struct {
	ClientID         string
	ClientSecret     string
	OrganizationSlug string // empty: the identity's own organisation
}

// LogIn checks the pair in the order the server does (client id, lockout, secret, its TTL, its uses) and issues a
// token. A client id that is not known counts toward no lockout, because there is no identity to lock.
func (s *Store) LogIn(login Login) (Grant, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity := s.identityByClientID(login.ClientID)
	if identity == nil {
		return Grant{}, Fail(InvalidCredentials)
	}
	if s.locked(identity) {
		return Grant{}, Fail(AuthMethodLocked)
	}
	secret := identity.UniversalAuth.match(login.ClientSecret)
	if secret == nil {
		s.countFailure(identity)
		return Grant{}, Fail(InvalidCredentials)
	}
	now := s.now()
	if failure := secret.spend(now); failure != nil {
		return Grant{}, failure
	}
	delete(s.lockouts, identity.ID)
	if slug := login.OrganizationSlug; slug != "" && slug != s.organizations[identity.OrgID].Slug {
		return Grant{}, Fail(SubOrganizationUnknown, "slug", slug)
	}
	return s.issue(identity, secret.ID, now)
}

// spend uses the secret once. One that is expired or used up is revoked by the attempt, so that only the first
// attempt learns the reason.
func (c *ClientSecret) spend(now time.Time) *Failure {
	switch {
	case c.TTL > 0 && !now.Before(c.CreatedAt.Add(c.TTL)):
		c.Revoked = true
		return Fail(ClientSecretExpired)
	case c.NumUsesLimit > 0 && c.NumUses >= c.NumUsesLimit:
		c.Revoked = true
		return Fail(ClientSecretExhausted)
	}
	c.NumUses++
	c.UpdatedAt = now
	return nil
}

// identityByClientID needs s.mu held.
func (s *Store) identityByClientID(clientID string) *Identity {
	for _, identity := range s.identities {
		if identity.UniversalAuth != nil && identity.UniversalAuth.ClientID == clientID {
			return identity
		}
	}
	return nil
}
