package store

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Membership is the part that a user or an identity has in a project.
type Membership struct {
	ID         string
	ProjectID  string
	MemberID   string
	Roles      []Role
	Privileges []*Privilege
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Role is a role that a member has, for good or for a time.
type Role struct {
	ID        string
	Slug      string
	Custom    *CustomRole // nil: a built-in role
	Term      *Term       // nil: for good
	CreatedAt time.Time
}

// Term is the time for which something is granted.
type Term struct {
	Mode  string // "relative"
	Range string // as the caller wrote it
	Start time.Time
	End   time.Time
}

func (t *Term) over(now time.Time) bool {
	return t != nil && (now.Before(t.Start) || !now.Before(t.End))
}

// NewRole returns a role as callers name it; what it means is looked up when it is given to a member.
func NewRole(slug string, term *Term) Role { return Role{Slug: slug, Term: term} }

// AddMember gives a user or an identity a part in a project without asking who may.
func (s *Store) AddMember(projectID, memberID, role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addMembership(projectID, memberID, []Role{{ID: uuid.NewString(), Slug: role, CreatedAt: s.now()}})
}

// RemoveMember takes a membership away without asking who may, and returns what it was.
func (s *Store) RemoveMember(projectID, memberID string) (Membership, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	membership := s.membership(projectID, memberID)
	if membership == nil {
		return Membership{}, false
	}
	s.dropMembership(membership)
	return *membership, true
}

// RestoreMember puts back what RemoveMember took away.
func (s *Store) RestoreMember(membership Membership) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.membership(membership.ProjectID, membership.MemberID) == nil {
		s.memberships = append(s.memberships, &membership)
	}
}

// addMembership needs s.mu held.
func (s *Store) addMembership(projectID, memberID string, roles []Role) *Membership {
	now := s.now()
	membership := &Membership{ID: uuid.NewString(), ProjectID: projectID, MemberID: memberID, Roles: roles, CreatedAt: now, UpdatedAt: now}
	s.memberships = append(s.memberships, membership)
	return membership
}

func (s *Store) dropMembership(membership *Membership) {
	s.memberships = slices.DeleteFunc(s.memberships, func(m *Membership) bool { return m == membership })
}

// membership needs s.mu held.
func (s *Store) membership(projectID, memberID string) *Membership {
	return find(s.memberships, func(m *Membership) bool { return m.ProjectID == projectID && m.MemberID == memberID })
}

// permissionsOf adds up the member's roles and additional privileges, without those that are over. It needs s.mu held.
func (s *Store) permissionsOf(project *Project, membership *Membership) permissions {
	list, now := permissions{}, s.now()
	for _, role := range membership.Roles {
		if !role.Term.over(now) {
			list = append(list, project.permissionsOfRole(role.Slug)...)
		}
	}
	for _, privilege := range membership.Privileges {
		if !privilege.Term.over(now) {
			list = append(list, privilege.Permissions...)
		}
	}
	return list
}

// grantable completes the roles that an actor wants to give to a member, and refuses those it must not give. No role at
// all is the role no-access. It needs s.mu held.
func (s *Store) grantable(project *Project, own permissions, wanted []Role) ([]Role, *Failure) {
	if len(wanted) == 0 {
		wanted = []Role{{Slug: RoleNoAccess}}
	}
	if s.rules.PermanentRole && !slices.ContainsFunc(wanted, func(r Role) bool { return r.Term == nil }) {
		return nil, Fail(PermanentRoleMissing)
	}
	roles := slices.Clone(wanted)
	for i := range roles {
		role := &roles[i]
		if _, builtIn := projectRole(role.Slug); !builtIn {
			if role.Custom = project.customRole(role.Slug); role.Custom == nil {
				return nil, Fail(RoleUnknown, "role", role.Slug)
			}
			if !s.settings.Plan.CustomRoles {
				return nil, Fail(RolePlanMissing)
			}
		}
		if failure := withinOwn(BeyondOwnInMembership, own, project.permissionsOfRole(role.Slug)); failure != nil {
			return nil, failure
		}
		role.ID, role.CreatedAt = uuid.NewString(), s.now()
	}
	return roles, nil
}
