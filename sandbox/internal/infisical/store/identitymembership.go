package store

// IdentityMembership is a membership together with whose and where it is.
type IdentityMembership struct {
	Membership
	Identity Identity
	Project  Project
}

// AddIdentityMember makes an identity of the organisation a member of a project.
func (s *Store) AddIdentityMember(actor Actor, projectID, identityID string, roles []Role) (IdentityMembership, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, own, failure := s.projectFor(actor, projectID, toCreate)
	if failure != nil {
		return IdentityMembership{}, failure
	}
	identity := s.identity(identityID)
	switch {
	case identity != nil && identity.ProjectID != "":
		return IdentityMembership{}, Fail(MembershipOfOwnProject)
	case s.membership(projectID, identityID) != nil:
		return IdentityMembership{}, Fail(MembershipExists, "identity", identityID, "project", projectID)
	case identity == nil || identity.OrgID != project.OrgID:
		return IdentityMembership{}, Fail(OrgMembershipMissing, "id", identityID)
	}
	if roles, failure = s.grantable(project, own, roles); failure != nil {
		return IdentityMembership{}, failure
	}
	return IdentityMembership{*s.addMembership(projectID, identityID, roles), *identity, *project}, nil
}

// IdentityMember returns the membership of an identity in a project.
func (s *Store) IdentityMember(actor Actor, projectID, identityID string) (IdentityMembership, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, _, failure := s.memberFor(actor, projectID, identityID, toRead)
	return found.copied(), failure
}

// IdentityMembers returns all identities that are members of a project, in the order they were added.
func (s *Store) IdentityMembers(actor Actor, projectID string) ([]IdentityMembership, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, _, failure := s.projectFor(actor, projectID, toRead)
	if failure != nil {
		return nil, failure
	}
	list := []IdentityMembership{}
	for _, membership := range s.memberships {
		if identity := s.identity(membership.MemberID); identity != nil && membership.ProjectID == projectID {
			list = append(list, IdentityMembership{*membership, *identity, *project})
		}
	}
	return list, nil
}

// MembershipsOf returns all projects that an identity is a member of.
func (s *Store) MembershipsOf(actor Actor, identityID string) ([]IdentityMembership, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.managed(actor, identityID, toRead)
	if failure != nil {
		return nil, failure
	}
	list := []IdentityMembership{}
	for _, membership := range s.memberships {
		if membership.MemberID == identityID {
			list = append(list, IdentityMembership{*membership, *identity, *s.projectByID(membership.ProjectID)})
		}
	}
	return list, nil
}

// UpdateIdentityMember gives a member other roles in the place of those it has.
func (s *Store) UpdateIdentityMember(actor Actor, projectID, identityID string, roles []Role) (IdentityMembership, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, own, failure := s.memberFor(actor, projectID, identityID, toEdit)
	if failure != nil {
		return IdentityMembership{}, failure
	}
	if roles, failure = s.grantable(found.project, own, roles); failure != nil {
		return IdentityMembership{}, failure
	}
	found.membership.Roles, found.membership.UpdatedAt = roles, s.now()
	return found.copied(), nil
}

// RemoveIdentityMember ends a membership. An identity that belongs to the project cannot leave it.
func (s *Store) RemoveIdentityMember(actor Actor, projectID, identityID string) (IdentityMembership, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, _, failure := s.memberFor(actor, projectID, identityID, toDelete)
	if failure != nil {
		return IdentityMembership{}, failure
	}
	if found.identity.ProjectID != "" {
		return IdentityMembership{}, Fail(IdentityOfProject)
	}
	s.dropMembership(found.membership)
	return found.copied(), nil
}

// member is an identity's membership in the store itself.
type member struct {
	membership *Membership
	identity   *Identity
	project    *Project
}

func (m member) copied() IdentityMembership {
	if m.membership == nil {
		return IdentityMembership{}
	}
	return IdentityMembership{*m.membership, *m.identity, *m.project}
}

// memberFor returns the membership of an identity for an actor who may do something with identities of the project,
// and all that the actor may do there. It needs s.mu held.
func (s *Store) memberFor(actor Actor, projectID, identityID, action string) (member, permissions, *Failure) {
	project, own, failure := s.projectFor(actor, projectID, action)
	if failure != nil {
		return member{}, nil, failure
	}
	identity, membership := s.identity(identityID), s.membership(projectID, identityID)
	if identity == nil || membership == nil {
		return member{}, nil, Fail(MembershipUnknown, "id", identityID)
	}
	return member{membership, identity, project}, own, nil
}
