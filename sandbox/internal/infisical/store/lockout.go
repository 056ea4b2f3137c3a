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
}

// SetLockoutEnabled switches the lockout of the identity's Universal Auth on or off.
func (s *Store) SetLockoutEnabled(identityID string, enabled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.identities[identityID].UniversalAuth.Lockout.Enabled = enabled
}

// ClearLockouts forgets the identity's failures, so that it can log in at once.
func (s *Store) ClearLockouts(identityID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lockouts, identityID)
}

// locked needs s.mu held.
func (s *Store) locked(identity *Identity) bool {
	state := s.lockouts[identity.ID]
	return state != nil && identity.UniversalAuth.Lockout.Enabled && s.now().Before(state.lockedUntil)
}

// countFailure needs s.mu held. The counter starts again once CounterReset has passed since the last failure.
func (s *Store) countFailure(identity *Identity) {
	policy, now := identity.UniversalAuth.Lockout, s.now()
	state := s.lockouts[identity.ID]
	if state == nil || now.Sub(state.lastFailure) > policy.CounterReset {
		state = &lockout{}
		s.lockouts[identity.ID] = state
	}
	state.failures++
	state.lastFailure = now
	if state.failures >= policy.Threshold {
		state.failures = 0
		state.lockedUntil = now.Add(policy.Duration)
	}
}
