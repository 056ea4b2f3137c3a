package infisical

import (
	"context"
	"net/url"
)

// Membership is a machine identity's place in a project.
type Membership struct {
	IdentityID, ProjectID string
	// Roles are the slugs of the roles that it has there.
	Roles []string
}

// membershipPath is the older route, which every server has, and newMembershipPath what replaces it.
func membershipPath(projectID, identityID string) string {
	return "/api/v2/workspace/" + url.PathEscape(projectID) + "/identity-memberships/" + url.PathEscape(identityID)
}

func newMembershipPath(projectID, identityID string) string {
	return "/api/v1/projects/" + url.PathEscape(projectID) + "/memberships/identities/" + url.PathEscape(identityID)
}

// Membership reads the identity's place in a project, and reports false where it has none.
func (s *Session) Membership(ctx context.Context, projectID, identityID string) (Membership, bool, error) {
	const op = "read the identity's membership"
	var out struct {
		Membership struct {
			Roles []struct {
				Role   string `json:"role"`
				Custom string `json:"customRoleSlug"`
			} `json:"roles"`
		} `json:"identityMembership"`
	}
	err := s.get(ctx, op, membershipPath(projectID, identityID), nil, &out)
	if unsupported(err) {
		err = s.get(ctx, op, newMembershipPath(projectID, identityID), nil, &out)
	}
	if absent(err) {
		return Membership{}, false, nil
	}
	m := Membership{IdentityID: identityID, ProjectID: projectID}
	for _, r := range out.Membership.Roles {
		if r.Custom != "" {
			r.Role = r.Custom
		}
		m.Roles = append(m.Roles, r.Role)
	}
	return m, err == nil, err
}

// AddMembership adds an identity of the organisation to a project. A lost answer is not asked for again: read the membership.
func (s *Session) AddMembership(ctx context.Context, projectID, identityID, role string) error {
	const op = "add the identity to the project"
	in := map[string]any{"roles": roles([]string{role})}
	err := s.post(ctx, op, membershipPath(projectID, identityID), in, nil, untouched)
	if unsupported(err) {
		err = s.post(ctx, op, newMembershipPath(projectID, identityID), in, nil, untouched)
	}
	return err
}

// RemoveMembership takes the identity out of a project.
func (s *Session) RemoveMembership(ctx context.Context, projectID, identityID string) error {
	const op = "remove the identity from the project"
	err := s.remove(ctx, op, membershipPath(projectID, identityID))
	if unsupported(err) {
		err = s.remove(ctx, op, newMembershipPath(projectID, identityID))
	}
	return err
}
