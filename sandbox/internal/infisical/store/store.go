// Package store keeps what an Infisical server keeps: organisations, identities and their Universal Auth, access
// tokens, lockouts, projects, environments, folders and secrets. It knows the rules of the server and nothing of
// HTTP or of the texts a server answers with: a refused call returns a *Failure that names its cause.
package store

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Organization is the tenant that owns identities and projects.
type Organization struct {
	ID   string
	Name string
	Slug string
}

// Identity is a machine identity of one organisation.
type Identity struct {
	ID            string
	OrgID         string
	Name          string
	UniversalAuth *UniversalAuth
}

// Store holds the state of one server. Its methods may be called concurrently.
type Store struct {
	mu         sync.Mutex
	now        func() time.Time
	signingKey []byte

	organizations map[string]*Organization
	identities    map[string]*Identity
	projects      []*Project
	memberships   map[membership]bool
	lockouts      map[string]*lockout
	revokedTokens map[string]bool
}

// New returns an empty store that reads the time from now.
func New(now func() time.Time) *Store {
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return &Store{
		now:           now,
		signingKey:    key,
		organizations: map[string]*Organization{},
		identities:    map[string]*Identity{},
		memberships:   map[membership]bool{},
		lockouts:      map[string]*lockout{},
		revokedTokens: map[string]bool{},
	}
}

// Now is the server's clock.
func (s *Store) Now() time.Time { return s.now() }

// AddOrganization creates an organisation.
func (s *Store) AddOrganization(name, slug string) Organization {
	s.mu.Lock()
	defer s.mu.Unlock()
	org := &Organization{ID: uuid.NewString(), Name: name, Slug: slug}
	s.organizations[org.ID] = org
	return *org
}

// AddIdentity creates an identity without any auth method, as the server's API does.
func (s *Store) AddIdentity(orgID, name string) Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity := &Identity{ID: uuid.NewString(), OrgID: orgID, Name: name}
	s.identities[identity.ID] = identity
	return *identity
}

// membership is the right of an identity to read everything in a project (the role "viewer").
type membership struct {
	identityID, projectID string
}

// AddMember makes the identity a viewer of the project.
func (s *Store) AddMember(projectID, identityID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memberships[membership{identityID, projectID}] = true
}

// RemoveMember takes the identity's membership of the project away.
func (s *Store) RemoveMember(projectID, identityID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.memberships, membership{identityID, projectID})
}
