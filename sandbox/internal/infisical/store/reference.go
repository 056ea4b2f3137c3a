package store

import (
	"regexp"
	"strings"
)

const maxReferenceDepth = 10 // references may refer to each other in a circle

var referencePattern = regexp.MustCompile(`\$\{[^{}]+\}`)

// expand replaces each ${KEY} by the secret of that name in the same folder, and each ${environment.folder.KEY} by
// the one there. A reference to nothing becomes empty, as on the server.
func (p *Project) expand(value string, env *Environment, folder *Folder) string {
	return p.expandTo(value, env, folder, maxReferenceDepth)
}

func (p *Project) expandTo(value string, env *Environment, folder *Folder, depth int) string {
	if depth == 0 {
		return value
	}
	return referencePattern.ReplaceAllStringFunc(value, func(match string) string {
		key, targetEnv, target := p.resolve(match[len("${"):len(match)-len("}")], env, folder)
		if target == nil || target.secrets[key] == nil {
			return ""
		}
		return p.expandTo(target.secrets[key].Value, targetEnv, target, depth-1)
	})
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
