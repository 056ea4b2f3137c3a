package api

import (
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// bareMembershipBody is a membership that was just made or ended.
type bareMembershipBody struct {
	ID         string `json:"id"`
	ProjectID  string `json:"projectId"`
	IdentityID string `json:"identityId"`
	CreatedAt  string `json:"createdAt"`
	UpdatedAt  string `json:"updatedAt"`
}

func bareMembership(m store.IdentityMembership) bareMembershipBody {
	return bareMembershipBody{
		ID: m.Membership.ID, ProjectID: m.Project.ID, IdentityID: m.Identity.ID,
		CreatedAt: timestamp(m.Membership.CreatedAt), UpdatedAt: timestamp(m.Membership.UpdatedAt),
	}
}

type membershipBody struct {
	ID         string             `json:"id"`
	IdentityID string             `json:"identityId"`
	CreatedAt  string             `json:"createdAt"`
	UpdatedAt  string             `json:"updatedAt"`
	Roles      []memberRoleBody   `json:"roles"`
	Identity   nestedIdentityBody `json:"identity"`
	Project    nestedProjectBody  `json:"project"`
}

type nestedProjectBody struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

type memberRoleBody struct {
	ID             string  `json:"id"`
	Role           string  `json:"role"`
	CustomRoleID   *string `json:"customRoleId"`
	CustomRoleName *string `json:"customRoleName"`
	CustomRoleSlug *string `json:"customRoleSlug"`
	termBody
}

// grantedRoleBody is a role that was just given to a member.
type grantedRoleBody struct {
	ID           string  `json:"id"`
	Role         string  `json:"role"`
	MembershipID string  `json:"projectMembershipId"`
	CustomRoleID *string `json:"customRoleId"`
	termBody
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

// termBody says until when something is granted.
type termBody struct {
	IsTemporary bool    `json:"isTemporary"`
	Mode        *string `json:"temporaryMode"`
	Range       *string `json:"temporaryRange"`
	Start       *string `json:"temporaryAccessStartTime"`
	End         *string `json:"temporaryAccessEndTime"`
}

func bodyOfTerm(term *store.Term) termBody {
	if term == nil {
		return termBody{}
	}
	text := func(t time.Time) *string { written := timestamp(t); return &written }
	return termBody{IsTemporary: true, Mode: &term.Mode, Range: &term.Range, Start: text(term.Start), End: text(term.End)}
}

func (s *server) membershipBody(m store.IdentityMembership) membershipBody {
	body := membershipBody{
		ID: m.Membership.ID, IdentityID: m.Identity.ID, Roles: []memberRoleBody{},
		CreatedAt: timestamp(m.Membership.CreatedAt), UpdatedAt: timestamp(m.Membership.UpdatedAt),
		Identity: s.nestedIdentityBody(m.Identity), Project: nestedProjectBody{m.Project.Name, m.Project.ID},
	}
	for _, role := range m.Roles {
		roleBody := memberRoleBody{ID: role.ID, Role: slugOrCustom(role), CustomRoleID: customID(role), termBody: bodyOfTerm(role.Term)}
		if role.Custom != nil {
			roleBody.CustomRoleName, roleBody.CustomRoleSlug = &role.Custom.Name, &role.Custom.Slug
		}
		body.Roles = append(body.Roles, roleBody)
	}
	return body
}

// slugOrCustom is how the server names a role: all custom ones alike.
func slugOrCustom(role store.Role) string {
	if role.Custom != nil {
		return "custom"
	}
	return role.Slug
}

func customID(role store.Role) *string {
	if role.Custom == nil {
		return nil
	}
	return &role.Custom.ID
}
