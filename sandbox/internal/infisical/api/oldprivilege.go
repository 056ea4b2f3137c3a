package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

// createOldPrivilege takes the permissions as a list or, in the oldest form, as one permission with several actions.
func (s *server) createOldPrivilege(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	identity, slug := in.filled("identityId"), in.filled("projectSlug")
	properties := store.PrivilegeChange{Slug: readSlug(in, "slug"), Permissions: readPermissions(in, "permissions")}
	if old := in.object("privilegePermission"); old != nil {
		properties.Permissions = readOldPermission(old)
	}
	if properties.Permissions == nil {
		in.report(wrongType("array", "undefined", "permissions"))
	}
	if in.has("temporaryRange") {
		in.fields["isTemporary"] = true
		term := readTerm(in)
		properties.Term = &term
	}
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	project, failure := s.store.Project(c.actor, store.ProjectRef{Slug: slug})
	if failure != nil {
		return nil, failure
	}
	return privilegeAnswer(s.store.CreatePrivilege(c.actor, project.ID, identity, properties))
}

// privilegeRef names a privilege by slugs, as the first generation of routes does.
func (s *server) privilegeRef(c call, in input, slug string) (store.PrivilegeRef, *store.Failure) {
	identity, projectSlug := in.filled("identityId"), in.filled("projectSlug")
	if failure := in.failure(); failure != nil {
		return store.PrivilegeRef{}, failure
	}
	project, failure := s.store.Project(c.actor, store.ProjectRef{Slug: projectSlug})
	return store.PrivilegeRef{Slug: slug, ProjectID: project.ID, IdentityID: identity}, failure
}

func (s *server) updateOldPrivilege(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	change := store.PrivilegeChange{}
	if details := in.object("privilegeDetails"); details != nil {
		change = store.PrivilegeChange{Slug: readSlug(*details, "slug"), Permissions: readPermissions(*details, "permissions")}
		if details.has("isTemporary") {
			term := readTerm(*details)
			change.Term = &term
		}
	}
	ref, failure := s.privilegeRef(c, in, in.filled("privilegeSlug"))
	if failure != nil {
		return nil, failure
	}
	return privilegeAnswer(s.store.UpdatePrivilege(c.actor, ref, change))
}

func (s *server) deleteOldPrivilege(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	ref, failure := s.privilegeRef(c, in, in.filled("privilegeSlug"))
	if failure != nil {
		return nil, failure
	}
	return privilegeAnswer(s.store.DeletePrivilege(c.actor, ref))
}

// privilegeBySlug is the same in both generations.
func (s *server) privilegeBySlug(c call) (any, *store.Failure) {
	ref, failure := s.privilegeRef(c, readQuery(c.Request), c.PathValue("privilegeSlug"))
	if failure != nil {
		return nil, failure
	}
	return privilegeAnswer(s.store.Privilege(c.actor, ref))
}

func (s *server) listOldPrivileges(c call) (any, *store.Failure) {
	ref, failure := s.privilegeRef(c, readQuery(c.Request), "")
	if failure != nil {
		return nil, failure
	}
	list, failure := s.store.Privileges(c.actor, ref.ProjectID, ref.IdentityID)
	if failure != nil {
		return nil, failure
	}
	bodies := []privilegeBody{}
	for _, privilege := range list {
		bodies = append(bodies, fullPrivilege(privilege))
	}
	return map[string]any{"privileges": bodies}, nil
}
