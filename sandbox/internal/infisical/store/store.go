// Package store keeps what an Infisical server keeps: organisations, users, identities and their auth methods, access
// tokens, lockouts, projects, roles, environments, folders and secrets. It knows the rules of the server and nothing
// of HTTP or of the texts a server answers with: a refused call returns a *Failure that names its cause.
package store

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Organization is the tenant that owns identities and projects.
type Organization struct {
	ID        string
	Name      string
	Slug      string
	CreatedAt time.Time
}

// Store holds the state of one server. Its methods may be called concurrently.
type Store struct {
	mu         sync.Mutex
	clock      func() time.Time
	ahead      time.Duration // what was added to the clock
	rules      Rules
	settings   Settings
	signingKey []byte

	organizations []*Organization
	users         []*User
	identities    []*Identity
	projects      []*Project
	memberships   []*Membership
	logins        map[string]LoginCount  // by client id
	lockouts      map[string]*lockout    // by identity
	tokens        map[string]*tokenState // by the token's id
}

// New returns an empty store with the rules of an era that reads the time from now.
func New(now func() time.Time, rules Rules) *Store {
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return &Store{
		clock:      now,
		rules:      rules,
		signingKey: key,
		logins:     map[string]LoginCount{},
		lockouts:   map[string]*lockout{},
		tokens:     map[string]*tokenState{},
	}
}

// UseSigningKey sets the key that access tokens are signed with, as AUTH_SECRET does: who has it can make tokens.
func (s *Store) UseSigningKey(key []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signingKey = key
}

// Rules are those of the server's era.
func (s *Store) Rules() Rules { return s.rules }

// Now is the server's clock.
func (s *Store) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// Advance puts the server's clock forward and returns the new time.
func (s *Store) Advance(by time.Duration) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += by
	return s.now()
}

// now needs s.mu held.
func (s *Store) now() time.Time { return s.clock().Add(s.ahead) }

// AddOrganization creates an organisation; without an id it gets one.
func (s *Store) AddOrganization(id, name, slug string) Organization {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.addOrganization(id, name, slug)
}

// addOrganization needs s.mu held.
func (s *Store) addOrganization(id, name, slug string) *Organization {
	if id == "" {
		id = uuid.NewString()
	}
	org := &Organization{ID: id, Name: name, Slug: slug, CreatedAt: s.now()}
	s.organizations = append(s.organizations, org)
	return org
}

// Organization returns the one the actor speaks for.
func (s *Store) Organization(actor Actor) Organization {
	s.mu.Lock()
	defer s.mu.Unlock()
	if org := s.organization(actor.OrgID); org != nil {
		return *org
	}
	return Organization{}
}

// organization needs s.mu held.
func (s *Store) organization(id string) *Organization {
	return find(s.organizations, func(o *Organization) bool { return o.ID == id })
}

// find returns the first item that fits, or nil.
func find[T any](items []*T, fits func(*T) bool) *T {
	for _, item := range items {
		if fits(item) {
			return item
		}
	}
	return nil
}
