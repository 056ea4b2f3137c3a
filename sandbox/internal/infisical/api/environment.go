package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

// environmentRoutes are about the environments of a project.
func (s *server) environmentRoutes() []route {
	const old = "/api/v1/workspace/{projectId}/environments"
	const current = "/api/v1/projects/{projectId}/environments"
	return []route{
		{method: "POST", path: old, class: writes, handle: s.createEnvironment},
		{method: "POST", path: current, since: Era2026, class: writes, handle: s.createEnvironment},
		{method: "GET", path: current + "/{environment}", since: Era2026, class: reads, handle: s.getEnvironment},
		{method: "GET", path: current + "/slug/{environment}", since: Era2026, class: reads, handle: s.getEnvironment},
	}
}

func (s *server) createEnvironment(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	name, slug := in.filled("name"), in.filled("slug")
	if slug != "" && (len(slug) > 64 || !slugText.MatchString(slug)) {
		in.report(breaksRule("Slug must be a valid slug", "slug"))
	}
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	project := c.PathValue("projectId")
	env, failure := s.store.CreateEnvironment(c.actor, project, name, slug)
	if failure != nil {
		return nil, failure
	}
	return map[string]any{
		"message": "Successfully created new environment", "workspace": project, "projectId": project,
		"environment": environmentBody{env.Name, env.Slug, env.ID},
	}, nil
}

func (s *server) getEnvironment(c call) (any, *store.Failure) {
	env, failure := s.store.Environment(c.actor, c.PathValue("projectId"), c.PathValue("environment"))
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"environment": environmentBody{env.Name, env.Slug, env.ID}}, nil
}
