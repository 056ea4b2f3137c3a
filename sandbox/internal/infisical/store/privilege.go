package store

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Privilege is a set of permissions that one member has besides its roles.
type Privilege struct {
	ID          string
	Slug        string
	ProjectID   string
	IdentityID  string
	MemberID    string // the id of the membership
	Permissions []Permission
	Term        *Term // nil: for good
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// PrivilegeChange are the properties to give to a privilege; nil leaves one as it is.
type PrivilegeChange struct {
	Slug        *string
	Permissions []Permission
	Term        **Term
}

// CreatePrivilege gives an identity of a project a privilege; without a slug it gets one.
func (s *Store) CreatePrivilege(actor Actor, projectID, identityID string, properties PrivilegeChange) (Privilege, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, own, failure := s.memberFor(actor, projectID, identityID, toEdit)
	if failure != nil {
		return Privilege{}, failure
	}
	now := s.now()
	privilege := &Privilege{
		ID: uuid.NewString(), Slug: uuid.NewString()[:8], ProjectID: projectID, IdentityID: identityID,
		MemberID: found.membership.ID, CreatedAt: now,
	}
	if failure := properties.check(own, found.membership, privilege); failure != nil {
		return Privilege{}, failure
	}
	properties.apply(privilege, now)
	found.membership.Privileges = append(found.membership.Privileges, privilege)
	return *privilege, nil
}

// check refuses a slug that another privilege of the member has, permissions that contradict each other, and more than
// the actor has itself.
func (c PrivilegeChange) check(own permissions, membership *Membership, privilege *Privilege) *Failure {
	for _, other := range membership.Privileges {
		if c.Slug != nil && other != privilege && other.Slug == *c.Slug {
			return Fail(PrivilegeSlugTaken, "slug", *c.Slug)
		}
	}
	for _, permission := range c.Permissions {
		fine := slices.Contains(permission.Actions, toDescribe) || slices.Contains(permission.Actions, toReadValue)
		if permission.Subject == onSecrets && fine && slices.Contains(permission.Actions, toRead) {
			return Fail(PrivilegeMixed)
		}
	}
	return withinOwn(BeyondOwnInPrivilege, own, c.Permissions)
}

func (c PrivilegeChange) apply(privilege *Privilege, now time.Time) {
	set(&privilege.Slug, c.Slug)
	set(&privilege.Term, c.Term)
	if c.Permissions != nil {
		privilege.Permissions = slices.Clone(c.Permissions)
	}
	privilege.UpdatedAt = now
}

// PrivilegeRef names a privilege by its id or, where that is empty, by slug, project and identity.
type PrivilegeRef struct {
	ID         string
	Slug       string
	ProjectID  string
	IdentityID string
}

// UpdatePrivilege changes a privilege.
func (s *Store) UpdatePrivilege(actor Actor, ref PrivilegeRef, change PrivilegeChange) (Privilege, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	privilege, found, own, failure := s.privilegeFor(actor, ref, toEdit)
	if failure != nil {
		return Privilege{}, failure
	}
	if failure := change.check(own, found.membership, privilege); failure != nil {
		return Privilege{}, failure
	}
	change.apply(privilege, s.now())
	return *privilege, nil
}

// Privilege returns one privilege.
func (s *Store) Privilege(actor Actor, ref PrivilegeRef) (Privilege, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	privilege, _, _, failure := s.privilegeFor(actor, ref, toRead)
	if failure != nil {
		return Privilege{}, failure
	}
	return *privilege, nil
}

// DeletePrivilege takes a privilege away.
func (s *Store) DeletePrivilege(actor Actor, ref PrivilegeRef) (Privilege, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	privilege, found, _, failure := s.privilegeFor(actor, ref, toEdit)
	if failure != nil {
		return Privilege{}, failure
	}
	found.membership.Privileges = slices.DeleteFunc(found.membership.Privileges, func(p *Privilege) bool { return p == privilege })
	return *privilege, nil
}

// Privileges returns all privileges of an identity in a project.
func (s *Store) Privileges(actor Actor, projectID, identityID string) ([]Privilege, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, _, failure := s.memberFor(actor, projectID, identityID, toRead)
	if failure != nil {
		return nil, failure
	}
	list := []Privilege{}
	for _, privilege := range found.membership.Privileges {
		list = append(list, *privilege)
	}
	return list, nil
}

// privilegeFor needs s.mu held.
func (s *Store) privilegeFor(actor Actor, ref PrivilegeRef, action string) (*Privilege, member, permissions, *Failure) {
	for _, membership := range s.memberships {
		for _, privilege := range membership.Privileges {
			byID := ref.ID != "" && privilege.ID == ref.ID
			bySlug := ref.ID == "" && privilege.Slug == ref.Slug && privilege.ProjectID == ref.ProjectID && privilege.IdentityID == ref.IdentityID
			if byID || bySlug {
				found, own, failure := s.memberFor(actor, privilege.ProjectID, privilege.IdentityID, action)
				return privilege, found, own, failure
			}
		}
	}
	return nil, member{}, nil, Fail(PrivilegeUnknown, "id", ref.ID+ref.Slug)
}
