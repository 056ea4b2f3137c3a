package infisical

import (
	"context"
	"encoding/json"
	"net/url"
)

// Privilege lets a machine identity read the secrets of one environment, beyond what its roles allow.
type Privilege struct {
	Slug string
	// Environment is the slug of the environment, or empty for all; PathGlob the folders in it, such as /app/**, or empty for all.
	Environment, PathGlob string
}

const (
	privilegesPath    = "/api/v2/identity-project-additional-privilege"
	oldPrivilegesPath = "/api/v1/additional-privilege/identity"
)

// AddPrivilege grants it: the secrets and their imports may be read. A lost answer is not asked for again: list the privileges.
func (s *Session) AddPrivilege(ctx context.Context, p Project, identityID string, grant Privilege) error {
	const op = "grant the privilege"
	conditions := map[string]any{"environment": grant.Environment, "secretPath": map[string]any{"$glob": grant.PathGlob}}
	permit := func(subject string, actions ...string) map[string]any {
		return map[string]any{"subject": subject, "action": actions, "conditions": conditions}
	}
	in := map[string]any{"projectId": p.ID, "identityId": identityID, "slug": grant.Slug, "type": map[string]any{"isTemporary": false},
		"permissions": []any{permit("secrets", "describeSecret", "readValue"), permit("secret-imports", "read")}}
	err := s.post(ctx, op, privilegesPath, in, nil, untouched)
	if unsupported(err) {
		old := map[string]any{"projectSlug": p.Slug, "identityId": identityID, "slug": grant.Slug,
			"privilegePermission": map[string]any{"actions": []string{"read"}, "subject": "secrets", "conditions": conditions}}
		err = s.post(ctx, op, oldPrivilegesPath+"/permanent", old, nil, untouched)
	}
	return err
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
		grant := Privilege{Slug: w.Slug}
		grant.Environment, grant.PathGlob = place(w.Permissions)
		all = append(all, grant)
	}
	return all, err
}

type wirePrivilege struct {
	ID          string          `json:"id"`
	Slug        string          `json:"slug"`
	Permissions json.RawMessage `json:"permissions"`
}

// privilege reads one with its permissions, which newer servers leave out of a list.
func (s *Session) privilege(ctx context.Context, id string) (wirePrivilege, error) {
	var out struct {
		Privilege wirePrivilege `json:"privilege"`
	}
	err := s.get(ctx, "read a privilege", privilegesPath+"/"+url.PathEscape(id), nil, &out)
	return out.Privilege, err
}

// place reads the environment and folders of the first permission on secrets. Conditions that this program never writes read as empty.
func place(permissions json.RawMessage) (environment, glob string) {
	var wire []struct {
		Subject    string `json:"subject"`
		Conditions struct {
			Environment json.RawMessage `json:"environment"`
			SecretPath  json.RawMessage `json:"secretPath"`
		} `json:"conditions"`
	}
	if json.Unmarshal(permissions, &wire) != nil {
		return "", ""
	}
	for _, p := range wire {
		if p.Subject == "secrets" {
			return condition(p.Conditions.Environment, "$eq"), condition(p.Conditions.SecretPath, "$glob")
		}
	}
	return "", ""
}

// condition is a text, or an object that holds it under operator.
func condition(raw json.RawMessage, operator string) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || json.Unmarshal(object[operator], &text) != nil {
		return ""
	}
	return text
}
