package infisical

import "encoding/json"

// wirePrivilege is how the server shows a privilege, its permissions in the forms of several ages.
type wirePrivilege struct {
	ID          string          `json:"id"`
	Slug        string          `json:"slug"`
	Temporary   bool            `json:"isTemporary"`
	Permissions json.RawMessage `json:"permissions"`
}

type wirePermission struct {
	Subject    json.RawMessage `json:"subject"`
	Action     json.RawMessage `json:"action"`
	Conditions struct {
		Environment json.RawMessage `json:"environment"`
		SecretPath  json.RawMessage `json:"secretPath"`
	} `json:"conditions"`
}

// grant reads what the permissions on secrets allow, and where the first of them does. Conditions that this program never writes read as
// empty.
func (w wirePrivilege) grant() Privilege {
	g := Privilege{ID: w.ID, Slug: w.Slug, Temporary: w.Temporary}
	var all []wirePermission
	if json.Unmarshal(w.Permissions, &all) != nil {
		return g
	}
	for _, p := range all {
		if word(p.Subject) != "secrets" {
			continue
		}
		if len(g.Actions) == 0 {
			g.Environment, g.PathGlob = condition(p.Conditions.Environment, "$eq"), condition(p.Conditions.SecretPath, "$glob")
		}
		g.Actions = append(g.Actions, words(p.Action)...)
	}
	return g
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
