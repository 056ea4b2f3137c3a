package store

import "time"

// Login is what a client sends to log in with Universal Auth.
type Login struct {
	ClientID         string
	ClientSecret     string
	OrganizationSlug string // empty: the identity's own organisation
	Address          string // where the call comes from
}

// LoginCount is how often a client id tried to log in, and how often that was refused for whatever reason.
type LoginCount struct {
	Attempts int `json:"attempts"`
	Failures int `json:"failures"`
}

// Logins are the counts by client id since the server started, those of unknown client ids included.
func (s *Store) Logins() map[string]LoginCount {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make(map[string]LoginCount, len(s.logins))
	for clientID, count := range s.logins {
		counts[clientID] = count
	}
	return counts
}

// LogIn checks the pair in the order the server does (client id, address, lockout, secret, its TTL, its uses) and
// issues a token. A client id that is not known counts toward no lockout, because there is no identity to lock.
func (s *Store) LogIn(login Login) (Grant, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	grant, failure := s.logIn(login)
	count := s.logins[login.ClientID]
	count.Attempts++
	if failure != nil {
		count.Failures++
	}
	s.logins[login.ClientID] = count
	return grant, failure
}

// logIn needs s.mu held.
func (s *Store) logIn(login Login) (Grant, *Failure) {
	identity := s.identityByClientID(login.ClientID)
	if identity == nil {
		return Grant{}, Fail(InvalidCredentials)
	}
	auth := identity.UniversalAuth
	if !trusts(auth.ClientSecretTrusted, login.Address) {
		return Grant{}, Fail(AddressNotTrusted)
	}
	if s.locked(identity) {
		return Grant{}, Fail(AuthMethodLocked)
	}
	secret := auth.match(login.ClientSecret)
	if secret == nil {
		return Grant{}, s.refuseSecret(identity)
	}
	if failure := secret.spend(s.now(), s.settings.ComparesUsesAsText); failure != nil {
		return Grant{}, failure
	}
	delete(s.lockouts, identity.ID)
	if slug := login.OrganizationSlug; s.rules.StatelessTokens && slug != "" && slug != s.organization(identity.OrgID).Slug {
		return Grant{}, Fail(SubOrganizationUnknown, "slug", slug)
	}
	return s.issue(origin{identity: identity, method: UniversalAuthMethod, authID: auth.ID, clientSecretID: secret.ID}, auth.TokenTerms)
}

// countingTime is how long a server needs to count one failure. It holds a lock meanwhile, and who cannot get the lock
// is told to come again.
const countingTime = 20 * time.Millisecond

// refuseSecret counts a wrong client secret. It needs s.mu held, and lets go of it while it counts.
func (s *Store) refuseSecret(identity *Identity) *Failure {
	if !s.rules.Lockout || !identity.UniversalAuth.Lockout.Enabled {
		return Fail(InvalidCredentials)
	}
	state := s.lockout(identity.ID)
	if state.counting {
		return Fail(LoginLockContended)
	}
	state.counting = true
	s.mu.Unlock()
	time.Sleep(countingTime)
	s.mu.Lock()
	state.counting = false
	s.countFailure(identity)
	return Fail(InvalidCredentials)
}

// identityByClientID needs s.mu held.
func (s *Store) identityByClientID(clientID string) *Identity {
	return find(s.identities, func(i *Identity) bool { return i.UniversalAuth != nil && i.UniversalAuth.ClientID == clientID })
}
