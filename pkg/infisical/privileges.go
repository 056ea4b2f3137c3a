package infisical

import (
	"context"
	"net/http"
	"net/url"
)

// Privilege lets a machine identity read the secrets of one environment, beyond what its roles allow.
type Privilege struct {
	// ID is empty until the server has it.
	ID, Slug string
	// Environment is the slug of the environment, or empty for all; PathGlob the folders in it, such as /app/**, or empty for all.
	Environment, PathGlob string
	// Temporary means that it ends by itself, Actions what it allows on secrets. Both are read only.
	Temporary bool
	Actions   []string
}

const (
	privilegesPath    = "/api/v2/identity-project-additional-privilege"
	oldPrivilegesPath = "/api/v1/additional-privilege/identity"
)

// AddPrivilege grants it: the secrets and their imports may be read. A lost answer is not asked for again: list the privileges.
func (s *Session) AddPrivilege(ctx context.Context, p Project, identityID string, grant Privilege) error {
	const op = "grant the privilege"
	err := s.post(ctx, op, privilegesPath, grant.wire(p, identityID, "describeSecret", "readValue"), nil, untouched)
	if hasStatus(err, http.StatusUnprocessableEntity) {
		// Until early 2025 reading was one action.
		err = s.post(ctx, op, privilegesPath, grant.wire(p, identityID, "read"), nil, untouched)
	}
	if unsupported(err) {
		old := map[string]any{"projectSlug": p.Slug, "identityId": identityID, "slug": grant.Slug,
			"privilegePermission": map[string]any{"actions": []string{"read"}, "subject": "secrets", "conditions": grant.conditions()}}
		err = s.post(ctx, op, oldPrivilegesPath+"/permanent", old, nil, untouched)
	}
	return err
}

// wire is what the newer route takes: the actions on secrets, and reading their imports.
func (g Privilege) wire(p Project, identityID string, actions ...string) map[string]any {
	permit := func(subject string, actions ...string) map[string]any {
		return map[string]any{"subject": subject, "action": actions, "conditions": g.conditions()}
	}
	return map[string]any{"projectId": p.ID, "identityId": identityID, "slug": g.Slug, "type": map[string]any{"isTemporary": false},
		"permissions": []any{permit("secrets", actions...), permit("secret-imports", "read")}}
}

func (g Privilege) conditions() map[string]any {
	return map[string]any{"environment": g.Environment, "secretPath": map[string]any{"$glob": g.PathGlob}}
}

// RemovePrivilege takes it back. One without ID is found by its slug.
func (s *Session) RemovePrivilege(ctx context.Context, p Project, identityID string, grant Privilege) error {
	const op = "take back the privilege"
	if grant.ID != "" {
		if err := s.remove(ctx, op, privilegesPath+"/"+url.PathEscape(grant.ID)); !unsupported(err) {
			return err
		}
	}
	return s.client.do(ctx, call{op: op, method: http.MethodDelete, path: oldPrivilegesPath, token: s.token, repeat: always,
		in: map[string]string{"projectSlug": p.Slug, "identityId": identityID, "privilegeSlug": grant.Slug}})
}

// Privileges lists what the identity may read beyond its roles.
func (s *Session) Privileges(ctx context.Context, p Project, identityID string) ([]Privilege, error) {
	const op = "list the privileges"
	var out struct {
		Privileges []wirePrivilege `json:"privileges"`
	}
	err := s.get(ctx, op, privilegesPath, url.Values{"projectId": {p.ID}, "identityId": {identityID}}, &out)
	if unsupported(err) {
		err = s.get(ctx, op, oldPrivilegesPath, url.Values{"projectSlug": {p.Slug}, "identityId": {identityID}}, &out)
	}
	all := make([]Privilege, 0, len(out.Privileges))
	for _, w := range out.Privileges {
		if len(w.Permissions) == 0 && err == nil {
			w, err = s.privilege(ctx, w.ID)
		}
		all = append(all, w.grant())
	}
	return all, err
}

// privilege reads one with its permissions, which newer servers leave out of a list.
func (s *Session) privilege(ctx context.Context, id string) (wirePrivilege, error) {
	var out struct {
		Privilege wirePrivilege `json:"privilege"`
	}
	err := s.get(ctx, "read a privilege", privilegesPath+"/"+url.PathEscape(id), nil, &out)
	return out.Privilege, err
}
