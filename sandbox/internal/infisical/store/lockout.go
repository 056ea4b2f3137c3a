package store

import "time"

// LockoutPolicy says after how many wrong client secrets an identity's Universal Auth is locked.
type LockoutPolicy struct {
	Enabled      bool
	Threshold    int
	Duration     time.Duration
	CounterReset time.Duration
}

func defaultLockoutPolicy() LockoutPolicy {
	return LockoutPolicy{Enabled: true, Threshold: 3, Duration: 300 * time.Second, CounterReset: 30 * time.Second}
}

// lockout counts the failures of one identity's Universal Auth.
type lockout struct {
	failures    int
	lastFailure time.Time
	lockedUntil time.Time
	counting    bool // a failure is being counted; other failures have to wait for their turn
}

// ClearLockouts forgets the identity's failures, so that it can log in at once, and returns how many locks there were.
func (s *Store) ClearLockouts(actor Actor, identityID string) (int, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.withUniversalAuth(actor, identityID, toEdit)
	if failure != nil {
		return 0, failure
	}
	cleared := 0
	if s.locked(identity) {
		cleared = 1
	}
	delete(s.lockouts, identityID)
	return cleared, nil
}

// Unlock does the same without asking who may.
func (s *Store) Unlock(identityID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lockouts, identityID)
}

// Lock locks the identity's Universal Auth from now on, for as long as its policy says.
func (s *Store) Lock(identityID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, now := s.identity(identityID), s.now()
	s.lockouts[identityID] = &lockout{lastFailure: now, lockedUntil: now.Add(identity.UniversalAuth.Lockout.Duration)}
}

// LockedMethods are the auth methods of an identity that are locked at the moment.
func (s *Store) LockedMethods(identityID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if identity := s.identity(identityID); identity != nil && identity.UniversalAuth != nil && s.locked(identity) {
		return []string{UniversalAuthMethod}
	}
	return []string{}
}

// locked needs s.mu held.
func (s *Store) locked(identity *Identity) bool {
	state := s.lockouts[identity.ID]
	return s.rules.Lockout && state != nil && identity.UniversalAuth.Lockout.Enabled && s.now().Before(state.lockedUntil)
}

// countFailure needs s.mu held. The counter starts again once CounterReset has passed since the last failure.
func (s *Store) countFailure(identity *Identity) {
	policy, now := identity.UniversalAuth.Lockout, s.now()
	state := s.lockout(identity.ID)
	if now.Sub(state.lastFailure) > policy.CounterReset {
		state.failures = 0
	}
	state.failures++
	state.lastFailure = now
	if state.failures >= policy.Threshold {
		state.failures = 0
		state.lockedUntil = now.Add(policy.Duration)
	}
}

// lockout needs s.mu held.
func (s *Store) lockout(identityID string) *lockout {
	if s.lockouts[identityID] == nil {
		s.lockouts[identityID] = &lockout{}
	}
	return s.lockouts[identityID]
}
