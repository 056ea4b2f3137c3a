package store

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Identity is a machine identity of an organisation or, with a project id, of one project.
type Identity struct {
	ID              string
	OrgID           string
	ProjectID       string
	MembershipID    string // of its membership in the organisation
	Name            string
	Role            string // in the organisation
	DeleteProtected bool
	Metadata        []Metadata
	CreatedAt       time.Time
	UpdatedAt       time.Time
	UniversalAuth   *UniversalAuth
	KubernetesAuth  *KubernetesAuth
}

// Metadata is a pair that people attach to an identity.
type Metadata struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Names of the auth methods.
const (
	UniversalAuthMethod  = "universal-auth"
	KubernetesAuthMethod = "kubernetes-auth"
)

// AuthMethods are the names of the methods that the identity can log in with.
func (i Identity) AuthMethods() []string {
	methods := []string{}
	if i.UniversalAuth != nil {
		methods = append(methods, UniversalAuthMethod)
	}
	if i.KubernetesAuth != nil {
		methods = append(methods, KubernetesAuthMethod)
	}
	return methods
}

// IdentityChange are the properties to give to an identity; nil leaves one as it is.
type IdentityChange struct {
	Name            *string
	Role            *string // in the organisation
	DeleteProtected *bool
	Metadata        []Metadata
}

func (c IdentityChange) apply(identity *Identity, now time.Time) {
	set(&identity.Name, c.Name)
	set(&identity.Role, c.Role)
	set(&identity.DeleteProtected, c.DeleteProtected)
	if c.Metadata != nil {
		identity.Metadata = slices.Clone(c.Metadata)
	}
	identity.UpdatedAt = now
}

// set assigns a value where there is one.
func set[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

// AddIdentity creates an identity of an organisation without asking who may.
func (s *Store) AddIdentity(orgID, name, role string) Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.addIdentity(orgID, "", IdentityChange{Name: &name, Role: &role})
}

// addIdentity makes an identity that cannot log in yet. It needs s.mu held.
func (s *Store) addIdentity(orgID, projectID string, properties IdentityChange) *Identity {
	now := s.now()
	identity := &Identity{
		ID: uuid.NewString(), OrgID: orgID, ProjectID: projectID, MembershipID: uuid.NewString(),
		Role: RoleNoAccess, Metadata: []Metadata{}, CreatedAt: now,
	}
	properties.apply(identity, now)
	s.identities = append(s.identities, identity)
	return identity
}

// CreateIdentity creates an identity of an organisation. Names need not be unique.
func (s *Store) CreateIdentity(actor Actor, orgID string, properties IdentityChange) (Identity, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if orgID != actor.OrgID {
		return Identity{}, Fail(NotInOrganization, "id", orgID)
	}
	if failure := s.mayInOrg(actor, onIdentity, toCreate); failure != nil {
		return Identity{}, failure
	}
	if properties.Role != nil {
		if failure := withinOwn(BeyondOwnInIdentity, s.orgPermissions(actor), orgRole(*properties.Role)); failure != nil {
			return Identity{}, failure
		}
	}
	if failure := s.roomForIdentity(orgID); failure != nil {
		return Identity{}, failure
	}
	return *s.addIdentity(orgID, "", properties), nil
}

// roomForIdentity needs s.mu held.
func (s *Store) roomForIdentity(orgID string) *Failure {
	limit := s.settings.Plan.Identities
	count := 0
	for _, identity := range s.identities {
		if identity.OrgID == orgID {
			count++
		}
	}
	if limit > 0 && count >= limit {
		return Fail(IdentityLimitReached)
	}
	return nil
}

// Identity returns an identity that the actor may read.
func (s *Store) Identity(actor Actor, id string) (Identity, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.managed(actor, id, toRead)
	if failure != nil {
		return Identity{}, failure
	}
	return *identity, nil
}

// Identities returns those of an organisation whose names hold a text, in order of name; the ones of projects are not
// among them.
func (s *Store) Identities(actor Actor, orgID, nameHolds string) ([]Identity, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if orgID != actor.OrgID {
		return nil, Fail(NotInOrganization, "id", orgID)
	}
	if failure := s.mayInOrg(actor, onIdentity, toRead); failure != nil {
		return nil, failure
	}
	return s.listIdentities(orgID, "", nameHolds), nil
}

// listIdentities needs s.mu held.
func (s *Store) listIdentities(orgID, projectID, nameHolds string) []Identity {
	list := []Identity{}
	for _, identity := range s.identities {
		if identity.OrgID == orgID && identity.ProjectID == projectID && strings.Contains(identity.Name, nameHolds) {
			list = append(list, *identity)
		}
	}
	slices.SortStableFunc(list, func(a, b Identity) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// UpdateIdentity changes an identity of the organisation.
func (s *Store) UpdateIdentity(actor Actor, id string, change IdentityChange) (Identity, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.managed(actor, id, toEdit)
	if failure != nil {
		return Identity{}, failure
	}
	if identity.ProjectID != "" {
		return Identity{}, Fail(IdentityOfProject)
	}
	if failure := s.equalTo(actor, identity, BeyondOwnInIdentity); failure != nil {
		return Identity{}, failure
	}
	change.apply(identity, s.now())
	return *identity, nil
}

// DeleteIdentity removes an identity of the organisation, with its memberships and tokens.
func (s *Store) DeleteIdentity(actor Actor, id string) (Identity, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.managed(actor, id, toDelete)
	if failure != nil {
		return Identity{}, failure
	}
	if identity.ProjectID != "" {
		return Identity{}, Fail(IdentityOfProject)
	}
	return s.removeIdentity(identity)
}

// removeIdentity needs s.mu held.
func (s *Store) removeIdentity(identity *Identity) (Identity, *Failure) {
	if identity.DeleteProtected {
		return Identity{}, Fail(IdentityProtected)
	}
	s.identities = slices.DeleteFunc(s.identities, func(i *Identity) bool { return i == identity })
	s.memberships = slices.DeleteFunc(s.memberships, func(m *Membership) bool { return m.MemberID == identity.ID })
	return *identity, nil
}

// identity needs s.mu held.
func (s *Store) identity(id string) *Identity {
	return find(s.identities, func(i *Identity) bool { return i.ID == id })
}

// typedID refuses a text that is no UUID where the era's database does; query is what the database was asked.
func (s *Store) typedID(id, query string) *Failure {
	if s.rules.TypedIDs && uuid.Validate(id) != nil {
		return Fail(IDNotUUID, "query", query)
	}
	return nil
}
