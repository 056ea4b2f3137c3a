package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// membershipRoutes are about the identities that are members of a project, under their old paths and their new ones.
func (s *server) membershipRoutes() []route {
	const old = "/api/v2/workspace/{projectId}/identity-memberships"
	const current = "/api/v1/projects/{projectId}/memberships/identities"
	routes := []route{{
		method: "GET", path: "/api/v1/identities/{identityId}/identity-memberships", class: reads, handle: s.membershipsOf,
	}}
	for path, since := range map[string]string{old: "", current: Era2026} {
		one := path + "/{identityId}"
		routes = append(routes,
			route{method: "GET", path: path, since: since, class: reads, handle: s.listMemberships},
			route{method: "POST", path: one, since: since, class: writes, handle: s.addMembership},
			route{method: "GET", path: one, since: since, class: reads, handle: s.getMembership},
			route{method: "PATCH", path: one, since: since, class: writes, handle: s.updateMembership},
			route{method: "DELETE", path: one, since: since, class: writes, handle: s.removeMembership},
		)
	}
	return routes
}

func (s *server) addMembership(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	roles := readRoles(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	made, failure := s.store.AddIdentityMember(c.actor, c.PathValue("projectId"), c.PathValue("identityId"), roles)
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"identityMembership": bareMembership(made)}, nil
}

func (s *server) getMembership(c call) (any, *store.Failure) {
	found, failure := s.store.IdentityMember(c.actor, c.PathValue("projectId"), c.PathValue("identityId"))
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"identityMembership": s.membershipBody(found)}, nil
}

func (s *server) updateMembership(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	if !in.has("roles") {
		in.report(wrongType("array", "undefined", "roles"))
	}
	roles := readRoles(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	changed, failure := s.store.UpdateIdentityMember(c.actor, c.PathValue("projectId"), c.PathValue("identityId"), roles)
	if failure != nil {
		return nil, failure
	}
	bodies := []grantedRoleBody{}
	for _, role := range changed.Roles {
		created := timestamp(role.CreatedAt)
		bodies = append(bodies, grantedRoleBody{
			ID: role.ID, Role: slugOrCustom(role), MembershipID: changed.Membership.ID, CustomRoleID: customID(role),
			termBody: bodyOfTerm(role.Term), CreatedAt: created, UpdatedAt: created,
		})
	}
	return map[string]any{"roles": bodies}, nil
}

func (s *server) removeMembership(c call) (any, *store.Failure) {
	gone, failure := s.store.RemoveIdentityMember(c.actor, c.PathValue("projectId"), c.PathValue("identityId"))
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"identityMembership": bareMembership(gone)}, nil
}

func (s *server) listMemberships(c call) (any, *store.Failure) {
	in := readQuery(c.Request)
	page := readPage(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	list, failure := s.store.IdentityMembers(c.actor, c.PathValue("projectId"))
	return s.membershipsAnswer(list, page, failure)
}

func (s *server) membershipsOf(c call) (any, *store.Failure) {
	list, failure := s.store.MembershipsOf(c.actor, c.PathValue("identityId"))
	return s.membershipsAnswer(list, page{limit: len(list)}, failure)
}

func (s *server) membershipsAnswer(list []store.IdentityMembership, p page, failure *store.Failure) (any, *store.Failure) {
	if failure != nil {
		return nil, failure
	}
	bodies := []membershipBody{}
	for _, membership := range slicePage(list, p) {
		bodies = append(bodies, s.membershipBody(membership))
	}
	if !s.dialect.modern {
		return map[string]any{"identityMemberships": bodies}, nil
	}
	return map[string]any{"identityMemberships": bodies, "totalCount": len(list)}, nil
}

// readRoles reads the roles of a member, which callers give in one of two ways.
func readRoles(in input) []store.Role {
	if role := in.optionalText("role"); role != nil && !in.has("roles") {
		return []store.Role{store.NewRole(*role, nil)}
	}
	roles := []store.Role{}
	for _, item := range in.objects("roles") {
		roles = append(roles, store.NewRole(item.filled("role"), readTerm(item)))
	}
	return roles
}

// readTerm returns nil for what is given for good.
func readTerm(in input) *store.Term {
	if !in.boolean("isTemporary", false) {
		return nil
	}
	term := &store.Term{Mode: in.option("temporaryMode", "relative", "relative"), Range: in.filled("temporaryRange")}
	length, err := parseRange(term.Range)
	if err != nil || length <= 0 {
		in.report(breaksRule("Temporary range must be a positive number", in.path("temporaryRange")...))
	}
	start, err := time.Parse(time.RFC3339, in.filled("temporaryAccessStartTime"))
	if err != nil {
		in.report(breaksRule("Invalid datetime", in.path("temporaryAccessStartTime")...))
	}
	term.Start, term.End = start, start.Add(length)
	return term
}

// parseRange reads a length of time with the units that the server knows, days included.
func parseRange(text string) (time.Duration, error) {
	if days, is := strings.CutSuffix(text, "d"); is {
		count, err := strconv.Atoi(days)
		return time.Duration(count) * 24 * time.Hour, err
	}
	return time.ParseDuration(text)
}
