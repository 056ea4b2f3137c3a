package store

import (
	"slices"

	"github.com/google/uuid"
)

// Import makes the secrets of another folder of the same project readable through this one.
type Import struct {
	ID          string
	Environment string
	Path        string
}

// AddImport makes the secrets that from names readable through the folder at folderPath, which is created if need be,
// without asking who may.
func (s *Store) AddImport(projectID, environment, folderPath string, from Import) {
	s.mu.Lock()
	defer s.mu.Unlock()
	folder := s.projectByID(projectID).environment(environment).ensureFolder(folderPath, s.now())
	folder.imports = append(folder.imports, from)
}

// CreateImport adds an import to a folder.
func (s *Store) CreateImport(actor Actor, projectID, environment, folderPath string, from Import) (Import, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	folder, failure := s.importingFolder(actor, projectID, environment, folderPath, toCreate)
	if failure != nil {
		return Import{}, failure
	}
	from.Path = cleanPath(from.Path)
	if slices.ContainsFunc(folder.imports, func(i Import) bool { return i.Environment == from.Environment && i.Path == from.Path }) {
		return Import{}, Fail(ImportExists)
	}
	if s.projectByID(projectID).environment(from.Environment) == nil {
		return Import{}, Fail(EnvironmentUnknown, "environment", from.Environment, "id", projectID)
	}
	from.ID = uuid.NewString()
	folder.imports = append(folder.imports, from)
	return from, nil
}

// Imports returns the imports of a folder.
func (s *Store) Imports(actor Actor, projectID, environment, folderPath string) ([]Import, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	folder, failure := s.importingFolder(actor, projectID, environment, folderPath, toRead)
	if failure != nil {
		return nil, failure
	}
	return append([]Import{}, folder.imports...), nil
}

// importingFolder needs s.mu held.
func (s *Store) importingFolder(actor Actor, projectID, environment, folderPath, action string) (*Folder, *Failure) {
	env, own, failure := s.folderScope(actor, ProjectRef{ID: projectID}, environment)
	if failure != nil {
		return nil, failure
	}
	if failure := s.require(own, onImports, secretPlace(environment, cleanPath(folderPath)), action); failure != nil {
		return nil, failure
	}
	folder := env.folder(folderPath)
	if folder == nil {
		return nil, Fail(FolderUnknownInGet, "path", cleanPath(folderPath), "environment", environment)
	}
	return folder, nil
}
