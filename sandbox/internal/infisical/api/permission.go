package api

import "github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"

// readPermissions reads a list of permissions: {"subject":…,"action":… or […],"inverted":…,"conditions":{…}}.
func readPermissions(in input, name string) []store.Permission {
	if !in.has(name) {
		return nil
	}
	list := []store.Permission{}
	for _, item := range in.objects(name) {
		list = append(list, store.Permission{
			Subject: item.oneText("subject"), Actions: item.texts("action"), Inverted: item.boolean("inverted", false),
			Conditions: readConditions(item.object("conditions")),
		})
	}
	return list
}

// readOldPermission reads the older form, which has one permission with several actions.
func readOldPermission(in *input) []store.Permission {
	return []store.Permission{{
		Subject: in.filled("subject"), Actions: in.texts("actions"), Conditions: readConditions(in.object("conditions")),
	}}
}

// readConditions reads tests of attributes; a bare text is a test for just that text.
func readConditions(in *input) map[string]store.Condition {
	if in == nil {
		return nil
	}
	conditions := map[string]store.Condition{}
	for name, value := range in.fields {
		if text, is := value.(string); is {
			conditions[name] = store.Condition{Eq: text}
			continue
		}
		if test := in.object(name); test != nil {
			conditions[name] = store.Condition{
				Eq: test.textOr("$eq", ""), Ne: test.textOr("$ne", ""), Glob: test.textOr("$glob", ""), In: test.optionalTexts("$in"),
			}
		}
	}
	return conditions
}

// texts is a text or a list of texts.
func (in input) texts(name string) []string {
	if text, is := in.fields[name].(string); is {
		return []string{text}
	}
	list, is := in.fields[name].([]any)
	if !is {
		in.report(wrongType("array", jsonTypeOf(in, name), in.path(name)...))
	}
	texts := []string{}
	for _, item := range list {
		text, isText := item.(string)
		if !isText {
			in.report(wrongType("string", jsonType(item), in.path(name)...))
		}
		texts = append(texts, text)
	}
	return texts
}

func jsonTypeOf(in input, name string) string {
	if !in.has(name) {
		return "undefined"
	}
	return jsonType(in.fields[name])
}

func (in input) optionalTexts(name string) []string {
	if !in.has(name) {
		return nil
	}
	return in.texts(name)
}

// oneText is a text, or the first of a list of texts.
func (in input) oneText(name string) string {
	if texts := in.texts(name); len(texts) > 0 {
		return texts[0]
	}
	return ""
}

type permissionBody struct {
	Subject    string         `json:"subject"`
	Action     []string       `json:"action"`
	Inverted   bool           `json:"inverted,omitempty"`
	Conditions map[string]any `json:"conditions,omitempty"`
}

func permissionBodies(list []store.Permission) []permissionBody {
	bodies := []permissionBody{}
	for _, permission := range list {
		bodies = append(bodies, permissionBody{
			Subject: permission.Subject, Action: permission.Actions, Inverted: permission.Inverted,
			Conditions: conditionBodies(permission.Conditions),
		})
	}
	return bodies
}

func conditionBodies(conditions map[string]store.Condition) map[string]any {
	bodies := map[string]any{}
	for name, condition := range conditions {
		tests := map[string]any{}
		for test, value := range map[string]string{"$eq": condition.Eq, "$ne": condition.Ne, "$glob": condition.Glob} {
			if value != "" {
				tests[test] = value
			}
		}
		if condition.In != nil {
			tests["$in"] = condition.In
		}
		bodies[name] = tests
		if len(tests) == 1 && condition.Eq != "" {
			bodies[name] = condition.Eq
		}
	}
	return bodies
}
