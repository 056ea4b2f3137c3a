package api

import (
	"regexp"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// privilegeRoutes are about what single identities may do in a project besides their roles. The first generation of
// these routes names projects by slug, the second by id.
func (s *server) privilegeRoutes() []route {
	const first = "/api/v1/additional-privilege/identity"
	const second = "/api/v2/identity-project-additional-privilege"
	const one = second + "/{privilegeId}"
	return []route{
		{method: "POST", path: first + "/permanent", class: writes, handle: s.createOldPrivilege},
		{method: "POST", path: first + "/temporary", class: writes, handle: s.createOldPrivilege},
		{method: "PATCH", path: first, class: writes, handle: s.updateOldPrivilege},
		{method: "DELETE", path: first, class: writes, handle: s.deleteOldPrivilege},
		{method: "GET", path: first, class: reads, handle: s.listOldPrivileges},
		{method: "GET", path: first + "/{privilegeSlug}", class: reads, handle: s.privilegeBySlug},

		{method: "POST", path: second, since: Era2026, class: writes, handle: s.createPrivilege},
		{method: "GET", path: second, since: Era2026, class: reads, handle: s.listPrivileges},
		{method: "GET", path: second + "/slug/{privilegeSlug}", since: Era2026, class: reads, handle: s.privilegeBySlug},
		{method: "GET", path: one, since: Era2026, class: reads, handle: s.getPrivilege},
		{method: "PATCH", path: one, since: Era2026, class: writes, handle: s.updatePrivilege},
		{method: "DELETE", path: one, since: Era2026, class: writes, handle: s.deletePrivilege},
	}
}

var slugText = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)

// readSlug reads the slug of a privilege or a role, nil where it is not given.
func readSlug(in input, name string) *string {
	slug := in.optionalText(name)
	if slug != nil && in.failure() == nil && (len(*slug) > 60 || !slugText.MatchString(*slug)) {
		in.report(breaksRule("Slug must be a valid slug", in.path(name)...))
	}
	return slug
}

func (s *server) createPrivilege(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	project, identity, properties := in.filled("projectId"), in.filled("identityId"), readPrivilege(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	return privilegeAnswer(s.store.CreatePrivilege(c.actor, project, identity, properties))
}

func readPrivilege(in input) store.PrivilegeChange {
	change := store.PrivilegeChange{Slug: readSlug(in, "slug"), Permissions: readPermissions(in, "permissions")}
	if term := in.object("type"); term != nil {
		value := readTerm(*term)
		change.Term = &value
	}
	return change
}

func (s *server) updatePrivilege(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	change := readPrivilege(in)
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	return privilegeAnswer(s.store.UpdatePrivilege(c.actor, store.PrivilegeRef{ID: c.PathValue("privilegeId")}, change))
}

func (s *server) getPrivilege(c call) (any, *store.Failure) {
	return privilegeAnswer(s.store.Privilege(c.actor, store.PrivilegeRef{ID: c.PathValue("privilegeId")}))
}

func (s *server) deletePrivilege(c call) (any, *store.Failure) {
	return privilegeAnswer(s.store.DeletePrivilege(c.actor, store.PrivilegeRef{ID: c.PathValue("privilegeId")}))
}

// listPrivileges leaves the permissions out, as the server does: they are answered with one privilege at a time.
func (s *server) listPrivileges(c call) (any, *store.Failure) {
	in := readQuery(c.Request)
	project, identity := in.filled("projectId"), in.filled("identityId")
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	list, failure := s.store.Privileges(c.actor, project, identity)
	if failure != nil {
		return nil, failure
	}
	bodies := []privilegeBody{}
	for _, privilege := range list {
		bodies = append(bodies, bodyOfPrivilege(privilege))
	}
	return map[string]any{"privileges": bodies}, nil
}

type privilegeBody struct {
	ID           string            `json:"id"`
	Slug         string            `json:"slug"`
	ProjectID    string            `json:"projectId"`
	IdentityID   string            `json:"identityId"`
	MembershipID string            `json:"projectMembershipId"`
	Permissions  *[]permissionBody `json:"permissions,omitempty"`
	termBody
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

func bodyOfPrivilege(privilege store.Privilege) privilegeBody {
	return privilegeBody{
		ID: privilege.ID, Slug: privilege.Slug, ProjectID: privilege.ProjectID, IdentityID: privilege.IdentityID,
		MembershipID: privilege.MemberID, termBody: bodyOfTerm(privilege.Term),
		CreatedAt: timestamp(privilege.CreatedAt), UpdatedAt: timestamp(privilege.UpdatedAt),
	}
}

func fullPrivilege(privilege store.Privilege) privilegeBody {
	body, permissions := bodyOfPrivilege(privilege), permissionBodies(privilege.Permissions)
	body.Permissions = &permissions
	return body
}

func privilegeAnswer(privilege store.Privilege, failure *store.Failure) (any, *store.Failure) {
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"privilege": fullPrivilege(privilege)}, nil
}
