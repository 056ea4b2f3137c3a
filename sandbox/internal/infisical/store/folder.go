package store

import (
	"path"
	"sort"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Folder is a directory of secrets in one environment.
type Folder struct {
	ID        string
	ParentID  string
	EnvID     string
	Path      string
	CreatedAt time.Time

	secrets map[string]*Secret
	imports []Import
}

// Name is the last segment of the folder's path; the folder at the top is called "root".
func (f Folder) Name() string {
	if f.Path == "/" {
		return "root"
	}
	return path.Base(f.Path)
}

// Folders returns the folders directly below a path, in order of name; a path that does not exist has none.
func (s *Store) Folders(actor Actor, ref ProjectRef, environment, below string) ([]Folder, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	env, own, failure := s.folderScope(actor, ref, environment)
	if failure != nil {
		return nil, failure
	}
	children := []Folder{}
	parent := cleanPath(below)
	for _, folder := range env.sorted() {
		visible := !s.rules.FineActions || own.allow(toRead, onFolders, secretPlace(env.Slug, parent))
		if visible && folder.Path != "/" && path.Dir(folder.Path) == parent {
			children = append(children, *folder)
		}
	}
	return children, nil
}

// folderScope needs s.mu held.
func (s *Store) folderScope(actor Actor, ref ProjectRef, environment string) (*Environment, permissions, *Failure) {
	project, failure := s.visibleProject(actor, ref)
	if failure != nil {
		return nil, nil, failure
	}
	env := project.environment(environment)
	if env == nil {
		return nil, nil, Fail(EnvironmentUnknown, "environment", environment, "id", project.ID)
	}
	own, failure := s.projectPermissions(actor, project)
	return env, own, failure
}

// CreateFolder creates a folder below a path, and the folders above it that are missing.
func (s *Store) CreateFolder(actor Actor, projectID, environment, below, name string) (Folder, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	env, own, failure := s.folderScope(actor, ProjectRef{ID: projectID}, environment)
	if failure != nil {
		return Folder{}, failure
	}
	if failure := s.require(own, onFolders, secretPlace(environment, cleanPath(below)), toCreate); failure != nil {
		return Folder{}, failure
	}
	full := path.Join(cleanPath(below), name)
	if env.folder(full) != nil {
		return Folder{}, Fail(FolderNameTaken, "name", name)
	}
	return *env.ensureFolder(full, s.now()), nil
}

// PutFolder creates a folder without asking who may.
func (s *Store) PutFolder(projectID, environment, folderPath string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.projectByID(projectID).environment(environment).ensureFolder(folderPath, s.now())
}

// cleanPath drops the trailing slash as the server does; nothing else is mended.
func cleanPath(p string) string {
	if p = strings.TrimSuffix(p, "/"); p == "" {
		return "/"
	}
	return p
}

// ensureFolder returns the folder at an absolute path, with all folders above it.
func (e *Environment) ensureFolder(folderPath string, now time.Time) *Folder {
	folderPath = path.Join("/", folderPath)
	if folder := e.folders[folderPath]; folder != nil {
		return folder
	}
	folder := &Folder{ID: uuid.NewString(), EnvID: e.ID, Path: folderPath, CreatedAt: now, secrets: map[string]*Secret{}}
	if folderPath != "/" {
		folder.ParentID = e.ensureFolder(path.Dir(folderPath), now).ID
	}
	e.folders[folderPath] = folder
	return folder
}

// folder returns nil where there is none.
func (e *Environment) folder(folderPath string) *Folder {
	if e == nil {
		return nil
	}
	return e.folders[cleanPath(folderPath)]
}

func (e *Environment) sorted() []*Folder {
	folders := make([]*Folder, 0, len(e.folders))
	for _, folder := range e.folders {
		folders = append(folders, folder)
	}
	sort.Slice(folders, func(i, j int) bool { return folders[i].Path < folders[j].Path })
	return folders
}

// tree returns the folder and all below it; the server looks 20 levels deep.
func (e *Environment) tree(top *Folder) []*Folder {
	const maxDepth = 20
	prefix := strings.TrimSuffix(top.Path, "/") + "/"
	var folders []*Folder
	for _, folder := range e.sorted() {
		below := strings.HasPrefix(folder.Path, prefix) && strings.Count(folder.Path[len(prefix):], "/") < maxDepth
		if folder == top || below {
			folders = append(folders, folder)
		}
	}
	return folders
}
