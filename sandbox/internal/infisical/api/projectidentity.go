package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

// projectIdentityRoutes are about machine identities that belong to one project.
func (s *server) projectIdentityRoutes() []route {
	const all = "/api/v1/projects/{projectId}/identities"
	const one = all + "/{identityId}"
	return []route{
		{method: "POST", path: all, since: Era2026, class: identityCreation, handle: s.createProjectIdentity},
		{method: "GET", path: all, since: Era2026, class: reads, handle: s.listProjectIdentities},
		{method: "GET", path: one, since: Era2026, class: reads, handle: s.getProjectIdentity},
		{method: "PATCH", path: one, since: Era2026, class: writes, handle: s.updateProjectIdentity},
		{method: "DELETE", path: one, since: Era2026, class: writes, handle: s.deleteProjectIdentity},
	}
}

func (s *server) createProjectIdentity(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	in.filled("name")
	properties, roles := s.readIdentity(in), readRoles(in)
	properties.Role = nil
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	return s.identityAnswer(s.store.CreateProjectIdentity(c.actor, c.PathValue("projectId"), properties, roles))
}

func (s *server) listProjectIdentities(c call) (any, *store.Failure) {
	in := readQuery(c.Request)
	page := readPage(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	list, failure := s.store.ProjectIdentities(c.actor, c.PathValue("projectId"), in.textOr("search", ""))
	if failure != nil {
		return nil, failure
	}
	bodies := []identityBody{}
	for _, identity := range slicePage(list, page) {
		bodies = append(bodies, s.identityBody(identity))
	}
	return map[string]any{"identities": bodies, "totalCount": len(list)}, nil
}

func (s *server) getProjectIdentity(c call) (any, *store.Failure) {
	return s.identityAnswer(s.store.ProjectIdentity(c.actor, c.PathValue("projectId"), c.PathValue("identityId")))
}

func (s *server) updateProjectIdentity(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	change := s.readIdentity(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	return s.identityAnswer(s.store.UpdateProjectIdentity(c.actor, c.PathValue("projectId"), c.PathValue("identityId"), change))
}

func (s *server) deleteProjectIdentity(c call) (any, *store.Failure) {
	return s.identityAnswer(s.store.DeleteProjectIdentity(c.actor, c.PathValue("projectId"), c.PathValue("identityId")))
}
