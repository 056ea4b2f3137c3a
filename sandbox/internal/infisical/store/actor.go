package store

// Actor is who makes a call, as its access token says.
type Actor struct {
	ID    string
	User  bool   // a person; otherwise a machine identity
	OrgID string // empty: a person who has not chosen an organisation yet
}

// orgPermissions are what the actor may do in its organisation. It needs s.mu held.
func (s *Store) orgPermissions(actor Actor) permissions {
	if actor.User {
		if user := s.user(actor.ID); user != nil {
			return orgRole(user.Role)
		}
		return nil
	}
	if identity := s.identity(actor.ID); identity != nil && identity.ProjectID == "" {
		return orgRole(identity.Role)
	}
	return nil
}

// projectPermissions are what the actor may do in the project; one that is no member is refused. It needs s.mu held.
func (s *Store) projectPermissions(actor Actor, project *Project) (permissions, *Failure) {
	membership := s.membership(project.ID, actor.ID)
	if membership == nil {
		return nil, Fail(NotMember, "id", project.ID)
	}
	return s.permissionsOf(project, membership), nil
}

// mayInOrg refuses an actor that lacks one of the actions in its organisation. It needs s.mu held.
func (s *Store) mayInOrg(actor Actor, subject string, actions ...string) *Failure {
	return s.require(s.orgPermissions(actor), subject, nil, actions...)
}

// mayInProject does the same in a project, and returns all that the actor may do there. It needs s.mu held.
func (s *Store) mayInProject(actor Actor, project *Project, subject string, actions ...string) (permissions, *Failure) {
	own, failure := s.projectPermissions(actor, project)
	if failure != nil {
		return nil, failure
	}
	return own, s.require(own, subject, nil, actions...)
}

// require passes over actions that the era does not know.
func (s *Store) require(own permissions, subject string, at place, actions ...string) *Failure {
	for _, action := range actions {
		if known := s.rules.FineActions || coarse(action); known && !own.allow(action, subject, at) {
			return denied(action, subject, at)
		}
	}
	return nil
}

func coarse(action string) bool {
	return action == toRead || action == toCreate || action == toEdit || action == toDelete
}

// managed returns an identity that the actor may do something with: in the organisation, or in the project that the
// identity belongs to. It needs s.mu held.
func (s *Store) managed(actor Actor, identityID string, actions ...string) (*Identity, *Failure) {
	if failure := s.typedID(identityID, "FindByOrgId"); failure != nil {
		return nil, failure
	}
	identity := s.identity(identityID)
	if identity == nil || identity.OrgID != actor.OrgID {
		return nil, Fail(IdentityUnknown, "id", identityID)
	}
	if identity.ProjectID == "" {
		return identity, s.mayInOrg(actor, onIdentity, actions...)
	}
	_, failure := s.mayInProject(actor, s.projectByID(identity.ProjectID), onIdentity, actions...)
	return identity, failure
}

// withinOwn refuses an actor that is about to hand out more than it has itself.
func withinOwn(beyond Cause, own, handed permissions) *Failure {
	missed, exceeds := own.missing(handed)
	if !exceeds {
		return nil
	}
	failure := Fail(beyond, "action", missed.Action, "subject", missed.Subject)
	failure.Details = map[string]any{"missingPermissions": []MissedRule{missed}}
	return failure
}

// equalTo refuses an actor that has less than the identity it wants to act on. It needs s.mu held.
func (s *Store) equalTo(actor Actor, identity *Identity, beyond Cause) *Failure {
	if identity.ProjectID == "" {
		return withinOwn(beyond, s.orgPermissions(actor), orgRole(identity.Role))
	}
	project := s.projectByID(identity.ProjectID)
	own, failure := s.projectPermissions(actor, project)
	if failure != nil {
		return failure
	}
	other, failure := s.projectPermissions(Actor{ID: identity.ID}, project)
	if failure != nil {
		return failure
	}
	return withinOwn(beyond, own, other)
}
