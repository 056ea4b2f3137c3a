package api

import (
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// identityRoutes are about the machine identities of an organisation.
func (s *server) identityRoutes() []route {
	const one = "/api/v1/identities/{identityId}"
	return []route{
		{method: "POST", path: "/api/v1/identities", class: identityCreation, handle: s.createIdentity},
		{method: "GET", path: "/api/v1/identities", class: writes, handle: s.listIdentities}, // counted so by mistake of the server
		{method: "POST", path: "/api/v1/identities/search", since: Era2026, class: reads, handle: s.searchIdentities},
		{method: "GET", path: "/api/v1/identities/details", since: Era2026, access: identities, class: reads, handle: s.identityDetails},
		{method: "GET", path: one, class: reads, handle: s.getIdentity},
		{method: "PATCH", path: one, class: writes, handle: s.updateIdentity},
		{method: "DELETE", path: one, class: writes, handle: s.deleteIdentity},
	}
}

// readIdentity reads the properties of an identity; those that are newer than the era mean nothing to it.
func (s *server) readIdentity(in input) store.IdentityChange {
	change := store.IdentityChange{Name: in.optionalText("name"), Role: in.optionalText("role")}
	if !s.dialect.modern {
		return change
	}
	if in.has("hasDeleteProtection") {
		protected := in.boolean("hasDeleteProtection", false)
		change.DeleteProtected = &protected
	}
	if in.has("metadata") {
		change.Metadata = []store.Metadata{}
	}
	for _, pair := range in.objects("metadata") {
		change.Metadata = append(change.Metadata, store.Metadata{Key: pair.filled("key"), Value: pair.text("value")})
	}
	return change
}

func (s *server) createIdentity(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	in.filled("name")
	organization, properties := in.filled("organizationId"), s.readIdentity(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	return s.identityAnswer(s.store.CreateIdentity(c.actor, organization, properties))
}

func (s *server) getIdentity(c call) (any, *store.Failure) {
	identity, failure := s.store.Identity(c.actor, c.PathValue("identityId"))
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"identity": s.orgMembershipBody(identity)}, nil
}

func (s *server) updateIdentity(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	change := s.readIdentity(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	return s.identityAnswer(s.store.UpdateIdentity(c.actor, c.PathValue("identityId"), change))
}

func (s *server) deleteIdentity(c call) (any, *store.Failure) {
	return s.identityAnswer(s.store.DeleteIdentity(c.actor, c.PathValue("identityId")))
}

func (s *server) identityAnswer(identity store.Identity, failure *store.Failure) (any, *store.Failure) {
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"identity": s.identityBody(identity)}, nil
}

func (s *server) listIdentities(c call) (any, *store.Failure) {
	in := readQuery(c.Request)
	organization := in.filled("orgId")
	page := readPage(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	list, failure := s.store.Identities(c.actor, organization, in.textOr("search", ""))
	if failure != nil {
		return nil, failure
	}
	return s.identityPage(list, page), nil
}

func (s *server) searchIdentities(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	page := page{limit: in.integer("limit", 50, 1, 100), offset: in.integer("offset", 0, 0, 1<<30)}
	matches := readSearch(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	list, failure := s.store.Identities(c.actor, c.actor.OrgID, "")
	if failure != nil {
		return nil, failure
	}
	found := []store.Identity{}
	for _, identity := range list {
		if matches(identity) {
			found = append(found, identity)
		}
	}
	return s.identityPage(found, page), nil
}

// readSearch reads tests of name and role: {"name":{"$eq":…,"$contains":…,"$in":[…]}}.
func readSearch(in input) func(store.Identity) bool {
	search := in.object("search")
	if search == nil {
		return func(store.Identity) bool { return true }
	}
	name, role := search.object("name"), search.object("role")
	return func(identity store.Identity) bool { return fits(name, identity.Name) && fits(role, identity.Role) }
}

func fits(test *input, value string) bool {
	if test == nil {
		return true
	}
	equal, contained := test.optionalText("$eq"), test.optionalText("$contains")
	listed := !test.has("$in")
	if list, is := test.fields["$in"].([]any); is {
		for _, item := range list {
			listed = listed || item == value
		}
	}
	return listed && (equal == nil || *equal == value) && (contained == nil || strings.Contains(value, *contained))
}

func (s *server) identityPage(list []store.Identity, p page) any {
	bodies := []orgMembershipBody{}
	for _, identity := range slicePage(list, p) {
		bodies = append(bodies, s.orgMembershipBody(identity))
	}
	if !s.dialect.modern {
		return map[string]any{"identities": bodies}
	}
	return map[string]any{"identities": bodies, "totalCount": len(list)}
}

func (s *server) identityDetails(c call) (any, *store.Failure) {
	org := s.store.Organization(c.actor)
	return map[string]any{"identityDetails": map[string]any{"organization": organizationBody{org.ID, org.Name, org.Slug}}}, nil
}
