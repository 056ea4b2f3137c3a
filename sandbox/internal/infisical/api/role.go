package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

// roleRoutes are about the custom roles of a project.
func (s *server) roleRoutes() []route {
	var routes []route
	for path, since := range map[string]string{
		"/api/v1/workspace/{projectId}/roles": "",
		"/api/v2/workspace/{projectId}/roles": Era2026,
		"/api/v1/projects/{projectId}/roles":  Era2026,
	} {
		routes = append(routes,
			route{method: "POST", path: path, since: since, class: writes, handle: s.createRole},
			route{method: "GET", path: path, since: since, class: reads, handle: s.listRoles},
		)
	}
	return routes
}

type roleBody struct {
	ID          string           `json:"id"`
	ProjectID   string           `json:"projectId"`
	Slug        string           `json:"slug"`
	Name        string           `json:"name"`
	Permissions []permissionBody `json:"permissions"`
	CreatedAt   string           `json:"createdAt"`
}

func bodyOfRole(role store.CustomRole) roleBody {
	return roleBody{
		ID: role.ID, ProjectID: role.ProjectID, Slug: role.Slug, Name: role.Name,
		Permissions: permissionBodies(role.Permissions), CreatedAt: timestamp(role.CreatedAt),
	}
}

func (s *server) createRole(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	in.filled("slug")
	slug, name, permissions := readSlug(in, "slug"), in.filled("name"), readPermissions(in, "permissions")
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	role, failure := s.store.CreateRole(c.actor, c.PathValue("projectId"), *slug, name, permissions)
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"role": bodyOfRole(role)}, nil
}

func (s *server) listRoles(c call) (any, *store.Failure) {
	list, failure := s.store.Roles(c.actor, c.PathValue("projectId"))
	if failure != nil {
		return nil, failure
	}
	bodies := []roleBody{}
	for _, role := range list {
		bodies = append(bodies, bodyOfRole(role))
	}
	return map[string]any{"roles": bodies}, nil
}
