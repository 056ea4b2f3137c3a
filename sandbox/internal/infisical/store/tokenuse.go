package store

// Authenticate returns who an access token speaks for, and counts the use. A call comes from an address.
func (s *Store) Authenticate(token, address string) (Actor, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, failure := s.parse(token)
	if failure != nil {
		return Actor{}, failure
	}
	if body.AuthTokenType == userTokenType {
		if s.user(body.UserID) == nil {
			return Actor{}, Fail(TokenUnknown)
		}
		return Actor{ID: body.UserID, User: true, OrgID: body.OrganizationID}, nil
	}
	if failure := s.usable(body); failure != nil {
		return Actor{}, failure
	}
	state := s.tokens[body.id()]
	if !trusts(state.Trusted, address) {
		return Actor{}, Fail(AddressNotTrusted)
	}
	state.uses++
	return Actor{ID: state.identity.ID, OrgID: state.identity.OrgID}, nil
}

// usable says why a token that is signed and not expired is refused all the same. It needs s.mu held.
func (s *Store) usable(body *claims) *Failure {
	state := s.tokens[body.id()]
	switch {
	case state == nil || body.AuthTokenType != identityTokenType:
		return Fail(TokenUnknown)
	case s.settings.NeedsTokenExpiry && body.ExpiresAt == nil:
		return Fail(TokenWithoutExpiry)
	case state.revoked:
		return Fail(TokenRevoked)
	case s.identity(state.identity.ID) == nil:
		return Fail(TokenHolderRemoved)
	case !state.methodThere():
		return Fail(TokenMethodRevoked)
	case s.secretEnded(state):
		return Fail(TokenSecretRevoked)
	case state.UsesLimit > 0 && state.uses >= state.UsesLimit:
		s.forget(state)
		return Fail(TokenUsesExhausted)
	}
	return s.inTime(state)
}

// inTime looks at what does not stand in the token itself. It needs s.mu held.
func (s *Store) inTime(state *tokenState) *Failure {
	now := s.now()
	if s.rules.StatelessTokens {
		if !state.forever && now.Sub(state.created) > maxTokenAge {
			return Fail(TokenTooOld)
		}
		return nil
	}
	if state.TTL > 0 && !now.Before(state.renewed.Add(state.TTL)) {
		s.forget(state)
		return Fail(TokenLapsed)
	}
	return nil
}

// forget drops the record of a token, where the era keeps records: whoever comes with it again is unknown. It needs
// s.mu held.
func (s *Store) forget(state *tokenState) {
	if s.rules.StatelessTokens {
		return
	}
	for id, other := range s.tokens {
		if other == state {
			delete(s.tokens, id)
		}
	}
}

// methodThere says whether the configuration that the token came from is still on its identity.
func (t *tokenState) methodThere() bool {
	switch t.method {
	case UniversalAuthMethod:
		return t.identity.UniversalAuth != nil && t.identity.UniversalAuth.ID == t.authID
	case KubernetesAuthMethod:
		return t.identity.KubernetesAuth != nil && t.identity.KubernetesAuth.ID == t.authID
	default:
		return true
	}
}

// secretEnded needs s.mu held.
func (s *Store) secretEnded(state *tokenState) bool {
	if !s.rules.StatelessTokens || state.clientSecretID == "" {
		return false
	}
	secret := s.clientSecret(state.clientSecretID)
	return secret == nil || secret.TokensEnd
}
