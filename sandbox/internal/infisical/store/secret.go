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
	Hidden    bool // the value is not to be shown
	CreatedAt time.Time
	UpdatedAt time.Time

	earlier map[int]string // values by version, the present one too
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
	Version        int // of the one secret to get; 0 is the present one
	Recursive      bool
	IncludeImports bool
	Expand         bool // replace ${references} by what they refer to
	NamesOnly      bool // the values are not wanted
}

func (s Scope) at() place { return secretPlace(s.Environment, cleanPath(s.Path)) }

// PutSecret writes a secret, and creates its folder if need be, without asking who may.
func (s *Store) PutSecret(projectID, environment, folderPath, key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.projectByID(projectID).environment(environment).ensureFolder(folderPath, now).put(key, value, nil, now)
}

// PutCommentedSecret does the same with a comment.
func (s *Store) PutCommentedSecret(projectID, environment, folderPath, key, value, comment string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.projectByID(projectID).environment(environment).ensureFolder(folderPath, now).put(key, value, &comment, now)
}

// put writes the next version of a secret.
func (f *Folder) put(key, value string, comment *string, now time.Time) *Secret {
	secret := f.secrets[key]
	if secret == nil {
		secret = &Secret{ID: uuid.NewString(), Key: key, CreatedAt: now, earlier: map[int]string{}}
		f.secrets[key] = secret
	}
	secret.Value, secret.UpdatedAt = value, now
	set(&secret.Comment, comment)
	secret.Version++
	secret.earlier[secret.Version] = value
	return secret
}

// readProject finds the project of a call that reads secrets, and what the actor may do there. It needs s.mu held.
func (s *Store) readProject(actor Actor, scope Scope, listing bool) (*Project, permissions, *Failure) {
	var project *Project
	var failure *Failure
	switch {
	case scope.Project.ID == "" && listing:
		if project = s.projectBySlug(actor.OrgID, scope.Project.Slug); project == nil {
			return nil, nil, Fail(ProjectSlugUnknownRead, "slug", scope.Project.Slug)
		}
	case scope.Project.ID == "" || s.projectByID(scope.Project.ID) != nil:
		if project, failure = s.knownProject(actor, scope.Project); failure != nil {
			return nil, nil, failure
		}
	default:
		return nil, nil, Fail(ProjectIDUnknownRead, "id", scope.Project.ID)
	}
	own, failure := s.projectPermissions(actor, project)
	return project, own, failure
}

// ListSecrets returns the secrets of a scope in order of path and key, and those of its imports.
func (s *Store) ListSecrets(actor Actor, scope Scope) ([]LocatedSecret, []ImportedSecrets, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, own, failure := s.readProject(actor, scope, true)
	if failure != nil {
		return nil, nil, failure
	}
	if failure := s.mayList(own, scope); failure != nil {
		return nil, nil, failure
	}
	folders, env, failure := s.listedFolders(project, scope)
	if failure != nil {
		return nil, nil, failure
	}
	read := reading{store: s, project: project, own: own, scope: scope, listing: true}
	secrets, imports := []LocatedSecret{}, []ImportedSecrets{}
	for _, folder := range folders {
		found, failure := read.folder(env, folder, folder.Path == cleanPath(scope.Path))
		if failure != nil {
			return nil, nil, failure
		}
		secrets = append(secrets, found...)
		if scope.IncludeImports {
			imports = append(imports, read.imported(folder, map[*Folder]bool{folder: true})...)
		}
	}
	return secrets, imports, read.failure
}

// mayList needs s.mu held. Servers of today refuse only who may see no secret anywhere.
func (s *Store) mayList(own permissions, scope Scope) *Failure {
	if s.rules.FineActions {
		return s.require(own, onSecrets, nil, toDescribe)
	}
	return s.require(own, onSecrets, scope.at(), toRead)
}

// listedFolders returns the folders a list is about. It needs s.mu held.
func (s *Store) listedFolders(project *Project, scope Scope) ([]*Folder, *Environment, *Failure) {
	env := project.environment(scope.Environment)
	if env == nil && scope.Recursive {
		return nil, nil, Fail(EnvironmentUnknownTree, "environment", scope.Environment, "id", project.ID)
	}
	top := env.folder(scope.Path)
	switch {
	case top == nil && s.rules.LenientLists:
		return nil, env, nil
	case top == nil:
		return nil, nil, Fail(FolderUnknownInList, "path", cleanPath(scope.Path), "environment", scope.Environment)
	case scope.Recursive:
		return env.tree(top), env, nil
	default:
		return []*Folder{top}, env, nil
	}
}

// GetSecret returns one secret of a scope, from an import only where the folder itself has none of that name.
func (s *Store) GetSecret(actor Actor, scope Scope, key string) (LocatedSecret, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, own, failure := s.readProject(actor, scope, false)
	if failure != nil {
		return LocatedSecret{}, failure
	}
	env := project.environment(scope.Environment)
	folder := env.folder(scope.Path)
	unknown := Fail(FolderUnknownInGet, "path", cleanPath(scope.Path), "environment", scope.Environment)
	if folder == nil && s.rules.FineActions {
		return LocatedSecret{}, unknown
	}
	action := toRead
	if s.rules.FineActions {
		action = toDescribe
	}
	if failure := s.require(own, onSecrets, namedSecret(scope.Environment, cleanPath(scope.Path), key), action); failure != nil {
		return LocatedSecret{}, failure
	}
	if folder == nil {
		return LocatedSecret{}, unknown
	}
	scope.Expand = scope.Expand && s.rules.GetExpands
	read := reading{store: s, project: project, own: own, scope: scope}
	return read.one(env, folder, key)
}

func sortByKey(secrets []LocatedSecret) {
	sort.Slice(secrets, func(i, j int) bool { return secrets[i].Key < secrets[j].Key })
}
