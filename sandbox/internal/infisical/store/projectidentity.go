package store

// CreateProjectIdentity creates an identity that belongs to a project and has roles there. Whoever may manage the
// project's identities can do it; no right in the organisation is needed.
func (s *Store) CreateProjectIdentity(actor Actor, projectID string, properties IdentityChange, roles []Role) (Identity, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, own, failure := s.projectFor(actor, projectID, toCreate)
	if failure != nil {
		return Identity{}, failure
	}
	if roles, failure = s.grantable(project, own, roles); failure != nil {
		return Identity{}, failure
	}
	if failure := s.roomForIdentity(project.OrgID); failure != nil {
		return Identity{}, failure
	}
	identity := s.addIdentity(project.OrgID, project.ID, properties)
	s.addMembership(project.ID, identity.ID, roles)
	return *identity, nil
}

// projectFor returns a project in which the actor may do something with identities, and all it may do there. It needs
// s.mu held.
func (s *Store) projectFor(actor Actor, projectID string, actions ...string) (*Project, permissions, *Failure) {
	project, failure := s.knownProject(actor, ProjectRef{ID: projectID})
	if failure != nil {
		return nil, nil, failure
	}
	own, failure := s.mayInProject(actor, project, onIdentity, actions...)
	return project, own, failure
}

// ProjectIdentities returns the identities that belong to a project and whose names hold a text.
func (s *Store) ProjectIdentities(actor Actor, projectID, nameHolds string) ([]Identity, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, _, failure := s.projectFor(actor, projectID, toRead)
	if failure != nil {
		return nil, failure
	}
	return s.listIdentities(project.OrgID, project.ID, nameHolds), nil
}

// ProjectIdentity returns one identity that belongs to the project.
func (s *Store) ProjectIdentity(actor Actor, projectID, id string) (Identity, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.identityIn(actor, projectID, id, toRead)
	if failure != nil {
		return Identity{}, failure
	}
	return *identity, nil
}

// UpdateProjectIdentity changes an identity that belongs to the project.
func (s *Store) UpdateProjectIdentity(actor Actor, projectID, id string, change IdentityChange) (Identity, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.identityIn(actor, projectID, id, toEdit)
	if failure != nil {
		return Identity{}, failure
	}
	change.Role = nil // it has none in the organisation
	change.apply(identity, s.now())
	return *identity, nil
}

// DeleteProjectIdentity removes an identity that belongs to the project.
func (s *Store) DeleteProjectIdentity(actor Actor, projectID, id string) (Identity, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity, failure := s.identityIn(actor, projectID, id, toDelete)
	if failure != nil {
		return Identity{}, failure
	}
	return s.removeIdentity(identity)
}

// identityIn needs s.mu held.
func (s *Store) identityIn(actor Actor, projectID, id string, action string) (*Identity, *Failure) {
	if _, _, failure := s.projectFor(actor, projectID, action); failure != nil {
		return nil, failure
	}
	identity := s.identity(id)
	if identity == nil || identity.ProjectID != projectID {
		return nil, Fail(IdentityUnknown, "id", id)
	}
	return identity, nil
}
