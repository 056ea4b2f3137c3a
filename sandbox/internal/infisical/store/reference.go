package store

import (
	"regexp"
	"strings"
)

const maxReferenceDepth = 10 // references may refer to each other in a circle

var referencePattern = regexp.MustCompile(`\$\{[^{}]+\}`)

// expandTo replaces each ${KEY} by the secret of that name in the same folder, and each ${environment.folder.KEY} by
// the one there. A reference to nothing becomes empty, as on the server; one to what the actor may not read is an
// error, where the era asks for the right to read it.
func (r *reading) expandTo(value string, env *Environment, folder *Folder, depth int) string {
	if depth == 0 {
		return value
	}
	return referencePattern.ReplaceAllStringFunc(value, func(match string) string {
		key, targetEnv, target := r.project.resolve(match[len("${"):len(match)-len("}")], env, folder)
		if target == nil || target.secrets[key] == nil {
			return ""
		}
		if r.store.rules.FineActions && !r.mayReadValue(targetEnv, target, key) {
			r.failure = unreadableReference(targetEnv.Slug, target.Path, key)
			return ""
		}
		return r.expandTo(target.secrets[key].Value, targetEnv, target, depth-1)
	})
}

func unreadableReference(environment, path, key string) *Failure {
	failure := Fail(ReferencesNotExpandable)
	failure.Details = []string{"You do not have permission to read secret '" + key + "' in environment '" + environment + "' at path '" + path + "'"}
	return failure
}

func (p *Project) resolve(reference string, env *Environment, folder *Folder) (string, *Environment, *Folder) {
	parts := strings.Split(reference, ".")
	last := len(parts) - 1
	if last == 0 {
		return reference, env, folder
	}
	other := p.environment(parts[0])
	return parts[last], other, other.folder("/" + strings.Join(parts[1:last], "/"))
}
