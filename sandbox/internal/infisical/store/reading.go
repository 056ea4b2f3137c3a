package store

import "strings"

// reading is one call that reads secrets: of which project, for whom and how.
type reading struct {
	store   *Store
	project *Project
	own     permissions
	scope   Scope
	listing bool
	failure *Failure // of the references that could not be replaced
}

// mayReadValue says whether the value of a secret is for the actor.
func (r *reading) mayReadValue(env *Environment, folder *Folder, key string) bool {
	if !r.store.rules.FineActions {
		return r.own.allow(toRead, onSecrets, secretPlace(env.Slug, folder.Path))
	}
	return r.own.allow(toReadValue, onSecrets, namedSecret(env.Slug, folder.Path, key))
}

func (r *reading) mayDescribe(env *Environment, folder *Folder, key string) bool {
	if !r.store.rules.FineActions {
		return r.own.allow(toRead, onSecrets, secretPlace(env.Slug, folder.Path))
	}
	return r.own.allow(toDescribe, onSecrets, namedSecret(env.Slug, folder.Path, key))
}

// folder returns what the actor may see of a folder. A value that must not be read is an error in the folder that was
// asked for; anywhere else the secret is left out.
func (r *reading) folder(env *Environment, folder *Folder, askedFor bool) ([]LocatedSecret, *Failure) {
	found := []LocatedSecret{}
	for _, secret := range folder.secrets {
		if !r.mayDescribe(env, folder, secret.Key) {
			continue
		}
		located := r.locate(env, folder, secret)
		if !r.scope.NamesOnly && !r.mayReadValue(env, folder, secret.Key) {
			switch {
			case r.store.settings.MasksUnreadable:
				located.Hidden = true
			case askedFor:
				return nil, denied(toReadValue, onSecrets, r.scope.at())
			default:
				continue
			}
		}
		if !located.Hidden {
			located.Value = r.expanded(located.Value, env, folder)
		}
		found = append(found, located)
	}
	sortByKey(found)
	return found, nil
}

// one returns a secret of the folder or, where the call asks for imports, of what it imports.
func (r *reading) one(env *Environment, folder *Folder, key string) (LocatedSecret, *Failure) {
	if secret := folder.secrets[key]; secret != nil {
		if !r.scope.NamesOnly && !r.mayReadValue(env, folder, key) {
			return LocatedSecret{}, Fail(SecretValueForbidden, "name", key)
		}
		located := r.locate(env, folder, secret)
		if value, is := secret.earlier[r.scope.Version]; is {
			located.Value, located.Version = value, r.scope.Version
		} else if r.scope.Version != 0 {
			return LocatedSecret{}, Fail(SecretUnknown, "name", key)
		}
		located.Value = r.expanded(located.Value, env, folder)
		return located, r.failure
	}
	if r.scope.IncludeImports {
		for _, block := range r.imported(folder, map[*Folder]bool{folder: true}) {
			for _, secret := range block.Secrets {
				if secret.Key == key {
					return secret, r.failure
				}
			}
		}
	}
	return LocatedSecret{}, Fail(SecretUnknown, "name", key)
}

func (r *reading) locate(env *Environment, folder *Folder, secret *Secret) LocatedSecret {
	return LocatedSecret{Secret: *secret, ProjectID: r.project.ID, Environment: env.Slug, Path: folder.Path}
}

// expanded replaces the references in a value, where the call asks for that.
func (r *reading) expanded(value string, env *Environment, folder *Folder) string {
	if !r.scope.Expand || r.scope.NamesOnly {
		return value
	}
	value = r.expandTo(value, env, folder, maxReferenceDepth)
	if r.store.rules.EscapesLines && strings.Contains(value, "\n") {
		return `"` + strings.ReplaceAll(value, "\n", `\n`) + `"`
	}
	return value
}

// imported returns the imports of a folder and, after each, those of the folder it names; seen ends circles. What the
// actor may not read is left out.
func (r *reading) imported(folder *Folder, seen map[*Folder]bool) []ImportedSecrets {
	var blocks []ImportedSecrets
	for _, from := range folder.imports {
		env := r.project.environment(from.Environment)
		source := env.folder(from.Path)
		if source == nil || seen[source] {
			continue
		}
		seen[source] = true
		if secrets, failure := r.folder(env, source, false); failure == nil && r.mayReadSome(env, source) {
			blocks = append(blocks, ImportedSecrets{Environment: env.Slug, Path: source.Path, FolderID: source.ID, Secrets: secrets})
		}
		blocks = append(blocks, r.imported(source, seen)...)
	}
	return blocks
}

func (r *reading) mayReadSome(env *Environment, folder *Folder) bool {
	action := toRead
	if r.store.rules.FineActions {
		action = toReadValue
	}
	return r.own.allow(action, onSecrets, secretPlace(env.Slug, folder.Path))
}
