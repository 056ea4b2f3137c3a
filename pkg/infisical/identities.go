package infisical

import (
	"context"
	"net/url"
	"strconv"
)

// pageSize is how many entries of a list are asked for at a time.
const pageSize = 100

// Identity is a machine identity.
type Identity struct {
	ID, Name string
	// OrganizationID is where it belongs; ProjectID is set for one that lives inside a project.
	OrganizationID, ProjectID string
	// AuthMethods are the ways in which it can log in, Locked those that are locked after failed logins. Old servers tell no locks.
	AuthMethods, Locked []string
	// Metadata is what whoever made it has noted. Old servers keep none.
	Metadata map[string]string
	// DeleteProtection means that it cannot be deleted until somebody takes that off.
	DeleteProtection bool
}

type wireIdentity struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	OrgID       string   `json:"orgId"`
	ProjectID   string   `json:"projectId"`
	AuthMethods []string `json:"authMethods"`
	AuthMethod  string   `json:"authMethod"`
	Locked      []string `json:"activeLockoutAuthMethods"`
	Metadata    []entry  `json:"metadata"`
	Protected   bool     `json:"hasDeleteProtection"`
}

type entry struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (w wireIdentity) identity() Identity {
	i := Identity{ID: w.ID, Name: w.Name, OrganizationID: w.OrgID, ProjectID: w.ProjectID, AuthMethods: w.AuthMethods, Locked: w.Locked,
		Metadata: map[string]string{}, DeleteProtection: w.Protected}
	if w.AuthMethod != "" && len(i.AuthMethods) == 0 {
		i.AuthMethods = []string{w.AuthMethod}
	}
	for _, m := range w.Metadata {
		i.Metadata[m.Key] = m.Value
	}
	return i
}

// membership is an identity in its organisation; the identity itself is nested, and its metadata may be at either level.
type membership struct {
	wireIdentity
	Inner *wireIdentity `json:"identity"`
}

func (m membership) identity() Identity {
	if m.Inner == nil {
		return m.wireIdentity.identity()
	}
	inner := *m.Inner
	if inner.OrgID == "" {
		inner.OrgID = m.OrgID
	}
	if len(inner.Metadata) == 0 {
		inner.Metadata = m.Metadata
	}
	return inner.identity()
}

// Identities lists the machine identities of an organisation. This list has no pages in any age of the server.
func (s *Session) Identities(ctx context.Context, organizationID string) ([]Identity, error) {
	var out struct {
		Identities []membership `json:"identities"`
	}
	err := s.get(ctx, "list the organisation's machine identities", "/api/v1/identities", url.Values{"orgId": {organizationID}}, &out)
	all := make([]Identity, 0, len(out.Identities))
	for _, m := range out.Identities {
		all = append(all, m.identity())
	}
	return all, err
}

// ProjectIdentities lists the machine identities that live inside a project; ErrUnsupported says that the server has none such.
func (s *Session) ProjectIdentities(ctx context.Context, projectID string) ([]Identity, error) {
	var all []Identity
	for {
		var out struct {
			Identities []membership `json:"identities"`
			Total      int          `json:"totalCount"`
		}
		query := url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(len(all))}}
		err := s.get(ctx, "list the project's machine identities", "/api/v1/projects/"+url.PathEscape(projectID)+"/identities", query, &out)
		if unsupported(err) {
			return nil, ErrUnsupported
		}
		if err != nil {
			return nil, err
		}
		for _, m := range out.Identities {
			i := m.identity()
			i.ProjectID = projectID
			all = append(all, i)
		}
		if len(out.Identities) < pageSize || len(all) == out.Total {
			return all, nil
		}
	}
}

// Identity reads one by its ID.
func (s *Session) Identity(ctx context.Context, id string) (Identity, error) {
	var out struct {
		Identity membership `json:"identity"`
	}
	err := s.get(ctx, "read the machine identity", "/api/v1/identities/"+url.PathEscape(id), nil, &out)
	return out.Identity.identity(), err
}

// NewIdentity is a machine identity to be made. ProjectID makes it live inside that project, with Roles there.
type NewIdentity struct {
	Name, OrganizationID, ProjectID string
	Roles                           []string
	Metadata                        map[string]string
}

// CreateIdentity makes one. It has no way to log in yet. A lost answer is not asked for again: look whether the identity is there.
func (s *Session) CreateIdentity(ctx context.Context, n NewIdentity) (Identity, error) {
	const op = "create the machine identity"
	in := map[string]any{"name": n.Name, "metadata": entries(n.Metadata)}
	path := "/api/v1/identities"
	if n.ProjectID == "" {
		in["organizationId"], in["role"] = n.OrganizationID, "no-access"
	} else {
		path = "/api/v1/projects/" + url.PathEscape(n.ProjectID) + "/identities"
		in["roles"] = roles(n.Roles)
	}
	var out struct {
		Identity wireIdentity `json:"identity"`
	}
	err := s.post(ctx, op, path, in, &out, untouched)
	if unsupported(err) {
		err = ErrUnsupported
	}
	i := out.Identity.identity()
	i.ProjectID = n.ProjectID
	return i, err
}

// DeleteIdentity removes one, with all that it can log in with.
func (s *Session) DeleteIdentity(ctx context.Context, i Identity) error {
	path := "/api/v1/identities/" + url.PathEscape(i.ID)
	if i.ProjectID != "" {
		path = "/api/v1/projects/" + url.PathEscape(i.ProjectID) + "/identities/" + url.PathEscape(i.ID)
	}
	return s.remove(ctx, "delete the machine identity", path)
}

func entries(m map[string]string) []entry {
	out := make([]entry, 0, len(m))
	for k, v := range m {
		out = append(out, entry{k, v})
	}
	return out
}

func roles(names []string) []map[string]any {
	out := make([]map[string]any, 0, len(names))
	for _, n := range names {
		out = append(out, map[string]any{"role": n, "isTemporary": false})
	}
	return out
}
