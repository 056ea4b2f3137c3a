package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

// userRoutes are those by which people log in. Servers of 2024 do it by another protocol, which is not here.
func (s *server) userRoutes() []route {
	return []route{
		{method: "POST", path: checkAuth, access: users, class: writes, handle: s.checkAuth},
		{method: "POST", path: "/api/v3/auth/login", since: Era2026, access: anyone, class: writes, handle: s.logInUser},
		{method: "POST", path: "/api/v3/auth/select-organization", since: Era2026, access: users, class: writes, handle: s.selectOrganization},
		{method: "GET", path: "/api/v1/organization", access: users, class: reads, handle: s.organizations},
	}
}

func (s *server) checkAuth(call) (any, *store.Failure) {
	return map[string]string{"message": "Authenticated"}, nil
}

func (s *server) logInUser(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	email, password := in.filled("email"), in.filled("password")
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	token, failure := s.store.LogInUser(email, password)
	if failure != nil {
		return nil, failure
	}
	return map[string]string{"accessToken": token}, nil
}

func (s *server) selectOrganization(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	organization := in.filled("organizationId")
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	token, failure := s.store.SelectOrganization(c.actor, organization)
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"token": token, "isMfaEnabled": false}, nil
}

type organizationBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

func (s *server) organizations(c call) (any, *store.Failure) {
	bodies := []organizationBody{}
	for _, org := range s.store.OrganizationsOf(c.actor) {
		bodies = append(bodies, organizationBody{org.ID, org.Name, org.Slug})
	}
	return map[string]any{"organizations": bodies}, nil
}
