package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

// identityBody is an identity as it is answered with when it was made or changed.
type identityBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	authMethodsBody
	*modernIdentityBody
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

// authMethodsBody says how an identity can log in: there was one method at first, there can be several today.
type authMethodsBody struct {
	*oneAuthMethod
	*manyAuthMethods
}

type oneAuthMethod struct {
	AuthMethod *string `json:"authMethod"`
}

type manyAuthMethods struct {
	AuthMethods       []string `json:"authMethods"`
	LockedAuthMethods []string `json:"activeLockoutAuthMethods"`
}

type modernIdentityBody struct {
	OrgID           string           `json:"orgId"`
	ProjectID       *string          `json:"projectId"`
	DeleteProtected bool             `json:"hasDeleteProtection"`
	Metadata        []store.Metadata `json:"metadata"`
}

// orgMembershipBody is an identity as it is answered with when it is asked for: as a member of the organisation.
type orgMembershipBody struct {
	ID         string             `json:"id"`
	Role       string             `json:"role"`
	RoleID     *string            `json:"roleId"`
	OrgID      string             `json:"orgId"`
	CreatedAt  string             `json:"createdAt"`
	UpdatedAt  string             `json:"updatedAt"`
	IdentityID string             `json:"identityId"`
	Metadata   *[]store.Metadata  `json:"metadata,omitempty"`
	Identity   nestedIdentityBody `json:"identity"`
}

// nestedIdentityBody is an identity inside of something else.
type nestedIdentityBody struct {
	Name            string `json:"name"`
	ID              string `json:"id"`
	DeleteProtected *bool  `json:"hasDeleteProtection,omitempty"`
	authMethodsBody
}

func (s *server) identityBody(identity store.Identity) identityBody {
	body := identityBody{
		ID: identity.ID, Name: identity.Name, authMethodsBody: s.authMethodsBody(identity),
		CreatedAt: timestamp(identity.CreatedAt), UpdatedAt: timestamp(identity.UpdatedAt),
	}
	if s.dialect.modern {
		body.modernIdentityBody = &modernIdentityBody{
			OrgID: identity.OrgID, DeleteProtected: identity.DeleteProtected, Metadata: identity.Metadata,
		}
		if identity.ProjectID != "" {
			body.ProjectID = &identity.ProjectID
		}
	}
	return body
}

func (s *server) orgMembershipBody(identity store.Identity) orgMembershipBody {
	body := orgMembershipBody{
		ID: identity.MembershipID, Role: identity.Role, OrgID: identity.OrgID, IdentityID: identity.ID,
		CreatedAt: timestamp(identity.CreatedAt), UpdatedAt: timestamp(identity.UpdatedAt),
		Identity: s.nestedIdentityBody(identity),
	}
	if s.dialect.modern {
		body.Metadata = &identity.Metadata
	}
	return body
}

func (s *server) nestedIdentityBody(identity store.Identity) nestedIdentityBody {
	body := nestedIdentityBody{Name: identity.Name, ID: identity.ID, authMethodsBody: s.authMethodsBody(identity)}
	if s.dialect.modern {
		body.DeleteProtected = &identity.DeleteProtected
	}
	return body
}

func (s *server) authMethodsBody(identity store.Identity) authMethodsBody {
	methods := identity.AuthMethods()
	if s.dialect.modern {
		return authMethodsBody{manyAuthMethods: &manyAuthMethods{methods, s.store.LockedMethods(identity.ID)}}
	}
	body := authMethodsBody{oneAuthMethod: &oneAuthMethod{}}
	if len(methods) > 0 {
		body.AuthMethod = &methods[0]
	}
	return body
}
