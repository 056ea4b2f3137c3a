package store

import (
	"sort"
	"time"

	"github.com/google/uuid"
)

// Secret is one key with its value.
type Secret struct {
	ID        string
	Key       string
	Value     string
	Comment   string
	Version   int
	CreatedAt time.Time
	UpdatedAt time.Time
}

// LocatedSecret is a secret together with where it was found.
type LocatedSecret struct {
	Secret
	ProjectID   string
	Environment string
	Path        string
}

// ImportedSecrets are what one import makes readable.
type ImportedSecrets struct {
	Environment string
	Path        string
	FolderID    string
	Secrets     []LocatedSecret
}

// Scope says which secrets a call is about and how they are read.
type Scope struct {
	Project        ProjectRef
	Environment    string
	Path           string
	Recursive      bool
	IncludeImports bool
	Expand         bool // replace ${references} by what they refer to
}

// PutSecret writes a secret and creates its folder if need be.
func (s *Store) PutSecret(projectID, environment, folderPath, key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	folder := s.projectByID(projectID).environment(environment).ensureFolder(folderPath, now)
	secret := folder.secrets[key]
	if secret == nil {
		secret = &Secret{ID: uuid.NewString(), Key: key, CreatedAt: now}
		folder.secrets[key] = secret
	}
	secret.Value, secret.UpdatedAt = value, now
	secret.Version++
}

// ListSecrets returns the secrets of a scope in order of path and key, and those of its imports.
func (s *Store) ListSecrets(actor Actor, scope Scope) ([]LocatedSecret, []ImportedSecrets, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, failure := s.visibleProject(actor, scope.Project)
	if failure != nil {
		return nil, nil, failure
	}
	env := project.environment(scope.Environment)
	if env == nil && scope.Recursive {
		return nil, nil, Fail(EnvironmentUnknown, "environment", scope.Environment, "id", project.ID)
	}
	top := env.folder(scope.Path)
	if top == nil {
		return nil, nil, Fail(FolderUnknownInList, "path", cleanPath(scope.Path), "environment", scope.Environment)
	}
	folders := []*Folder{top}
	if scope.Recursive {
		folders = env.tree(top)
	}
	var secrets []LocatedSecret
	var imports []ImportedSecrets
	for _, folder := range folders {
		secrets = append(secrets, project.located(env, folder, scope.Expand)...)
		if scope.IncludeImports {
			imports = append(imports, project.imported(folder, scope.Expand, map[*Folder]bool{folder: true})...)
		}
	}
	return secrets, imports, nil
}

// GetSecret returns one secret of a scope, from an import only where the folder itself has none of that name.
func (s *Store) GetSecret(actor Actor, scope Scope, key string) (LocatedSecret, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, failure := s.visibleProject(actor, scope.Project)
	if failure != nil {
		return LocatedSecret{}, failure
	}
	env := project.environment(scope.Environment)
	folder := env.folder(scope.Path)
	if folder == nil {
		return LocatedSecret{}, Fail(FolderUnknownInGet, "path", cleanPath(scope.Path), "environment", scope.Environment)
	}
	candidates := project.located(env, folder, scope.Expand)
	if scope.IncludeImports {
		for _, block := range project.imported(folder, scope.Expand, map[*Folder]bool{folder: true}) {
			candidates = append(candidates, block.Secrets...)
		}
	}
	for _, secret := range candidates {
		if secret.Key == key {
			return secret, nil
		}
	}
	return LocatedSecret{}, Fail(SecretUnknown, "name", key)
}

func (p *Project) located(env *Environment, folder *Folder, expand bool) []LocatedSecret {
	found := make([]LocatedSecret, 0, len(folder.secrets))
	for _, secret := range folder.secrets {
		copied := *secret
		if expand {
			copied.Value = p.expand(copied.Value, env, folder)
		}
		found = append(found, LocatedSecret{Secret: copied, ProjectID: p.ID, Environment: env.Slug, Path: folder.Path})
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Key < found[j].Key })
	return found
}

// imported returns the imports of a folder and, after each, those of the folder it names; seen ends circles.
func (p *Project) imported(folder *Folder, expand bool, seen map[*Folder]bool) []ImportedSecrets {
	var blocks []ImportedSecrets
	for _, from := range folder.imports {
		env := p.environment(from.Environment)
		source := env.folder(from.Path)
		if source == nil || seen[source] {
			continue
		}
		seen[source] = true
		blocks = append(blocks, ImportedSecrets{
			Environment: env.Slug, Path: source.Path, FolderID: source.ID, Secrets: p.located(env, source, expand),
		})
		blocks = append(blocks, p.imported(source, expand, seen)...)
	}
	return blocks
}
