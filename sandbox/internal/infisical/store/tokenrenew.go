package store

import "time"

// Renew prolongs a live token. In the era of stateless tokens that is a new token, and the old one stays good until it
// expires by itself; before, it is the same token with the server's clock for it set back.
func (s *Store) Renew(token string) (Grant, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, failure := s.parse(token)
	if failure != nil {
		return Grant{}, failure
	}
	if body.AuthTokenType != identityTokenType {
		return Grant{}, Fail(TokenNotIdentity)
	}
	if failure := s.usable(body); failure != nil {
		return Grant{}, asRenewal(failure)
	}
	state, now := s.tokens[body.id()], s.now()
	ends := state.created.Add(state.maxTTL())
	switch {
	case state.maxTTL() > 0 && !now.Before(ends):
		return Grant{}, Fail(RenewMaxTTL)
	case s.rules.StatelessTokens:
		next := *state
		next.renewed = now
		return s.sign(next)
	case state.MaxTTL > 0 && now.Add(state.TTL).After(ends):
		s.forget(state)
		return Grant{}, Fail(RenewPastMaxTTL)
	}
	state.renewed = now
	return Grant{AccessToken: token, ExpiresIn: state.TTL, MaxTTL: state.MaxTTL}, nil
}

// maxTTL is the one that the configuration has now, not the one it had when the token was made.
func (t *tokenState) maxTTL() time.Duration {
	if t.Period > 0 {
		return 0
	}
	if t.method == UniversalAuthMethod && t.identity.UniversalAuth != nil {
		return t.identity.UniversalAuth.MaxTTL
	}
	return t.MaxTTL
}

// asRenewal is the cause under which a renewal is refused for what a use is refused for too.
func asRenewal(failure *Failure) *Failure {
	causes := map[Cause]Cause{
		TokenRevoked: RenewRevoked, TokenSecretRevoked: RenewSecretRevoked, TokenMethodRevoked: RenewMethodRevoked,
		TokenUsesExhausted: RenewUsesExhausted,
	}
	if cause, is := causes[failure.Cause]; is {
		return Fail(cause)
	}
	return failure
}

// Revoke ends a token before its time. Where the server keeps records, a token that is ended is no longer known.
func (s *Store) Revoke(token string) *Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, failure := s.parse(token)
	if failure != nil {
		return failure
	}
	if body.AuthTokenType != identityTokenType {
		return Fail(TokenNotIdentity)
	}
	state := s.tokens[body.id()]
	if state == nil || state.revoked && !s.rules.StatelessTokens {
		return Fail(TokenUnknown)
	}
	state.revoked = true
	return nil
}
