package store

import (
	"regexp"
	"slices"
	"strings"
)

// Permission allows actions on a subject, or with Inverted takes them away again.
type Permission struct {
	Actions    []string
	Subject    string
	Inverted   bool
	Conditions map[string]Condition // by "environment", "secretPath" and "secretName"; all have to hold
}

// Condition is a test of one attribute. A member that is empty tests nothing.
type Condition struct {
	Eq   string
	Ne   string
	In   []string
	Glob string
}

// Subjects and actions that the server itself asks for. "*" in a role stands for all of them.
const (
	onIdentity  = "identity"
	onProject   = "workspace"
	onSecrets   = "secrets"
	onFolders   = "secret-folders"
	onImports   = "secret-imports"
	onRoles     = "role"
	onEnvs      = "environments"
	everything  = "*"
	toRead      = "read"
	toCreate    = "create"
	toEdit      = "edit"
	toDelete    = "delete"
	toDescribe  = "describeSecret"
	toReadValue = "readValue"
)

// place are the attributes of what an action is on. nil asks whether the action is allowed anywhere.
type place = map[string]string

func secretPlace(environment, path string) place {
	return place{"environment": environment, "secretPath": path}
}

func namedSecret(environment, path, name string) place {
	return place{"environment": environment, "secretPath": path, "secretName": name}
}

// permissions are all that an actor has; where two contradict each other, the later one holds.
type permissions []Permission

func (p permissions) allow(action, subject string, at place) bool {
	allowed := false
	for _, rule := range p {
		if rule.covers(action, subject) && rule.holds(at) {
			allowed = !rule.Inverted
		}
	}
	return allowed
}

func (p Permission) covers(action, subject string) bool {
	if p.Subject != everything && p.Subject != subject {
		return false
	}
	// The right to read secrets is older than its two parts.
	part := subject == onSecrets && (action == toDescribe || action == toReadValue)
	return slices.Contains(p.Actions, everything) || slices.Contains(p.Actions, action) ||
		part && slices.Contains(p.Actions, toRead)
}

func (p Permission) holds(at place) bool {
	if at == nil {
		return !p.Inverted || len(p.Conditions) == 0
	}
	for name, condition := range p.Conditions {
		value, asked := at[name]
		if asked && !condition.holds(value) {
			return false
		}
	}
	return true
}

func (c Condition) holds(value string) bool {
	switch {
	case c.Eq != "" && c.Eq != value, c.Ne != "" && c.Ne == value:
		return false
	case c.In != nil && !slices.Contains(c.In, value):
		return false
	case c.Glob != "" && !globPattern(c.Glob).MatchString(value):
		return false
	}
	return true
}

// globPattern reads a glob as the server does: "/app/**" is /app and all below it, a single star stays in its folder.
func globPattern(glob string) *regexp.Regexp {
	text := regexp.QuoteMeta(glob)
	text = strings.ReplaceAll(text, `/\*\*`, `(/.*)?`)
	text = strings.ReplaceAll(text, `\*\*`, `.*`)
	text = strings.ReplaceAll(text, `\*`, `[^/]*`)
	text = strings.ReplaceAll(text, `\?`, `[^/]`)
	return regexp.MustCompile("^" + text + "$")
}

// missing returns the first thing that others may do and these may not, under the same conditions.
func (p permissions) missing(others permissions) (MissedRule, bool) {
	for _, rule := range others {
		if rule.Inverted {
			continue
		}
		for _, action := range rule.Actions {
			if !p.include(action, rule) {
				return named(action, rule.Subject), true
			}
		}
	}
	return MissedRule{}, false
}

// named says what an administrator has more than others by an example of it.
func named(action, subject string) MissedRule {
	if action == everything {
		action = toEdit
	}
	if subject == everything {
		subject = onRoles
	}
	return MissedRule{Action: action, Subject: subject}
}

func (p permissions) include(action string, wanted Permission) bool {
	return slices.ContainsFunc(p, func(own Permission) bool {
		return !own.Inverted && own.covers(action, wanted.Subject) && own.asWideAs(wanted)
	})
}

// asWideAs is cautious: conditions that are not the same count as narrower.
func (p Permission) asWideAs(wanted Permission) bool {
	for name, condition := range p.Conditions {
		other, is := wanted.Conditions[name]
		if !is || condition.Eq != other.Eq || condition.Ne != other.Ne || condition.Glob != other.Glob || !slices.Equal(condition.In, other.In) {
			return false
		}
	}
	return true
}
