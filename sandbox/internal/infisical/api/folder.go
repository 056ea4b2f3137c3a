package api

import (
	"regexp"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// folderRoutes are about folders, and about the imports in them. The two generations differ in the name that the
// project's parameter has.
func (s *server) folderRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/folders", class: reads, handle: s.listFolders("workspaceId")},
		{method: "POST", path: "/api/v1/folders", class: secretCalls, handle: s.createFolder("workspaceId")},
		{method: "GET", path: "/api/v2/folders", since: Era2026, class: reads, handle: s.listFolders("projectId")},
		{method: "POST", path: "/api/v2/folders", since: Era2026, class: secretCalls, handle: s.createFolder("projectId")},

		{method: "GET", path: "/api/v1/secret-imports", class: reads, handle: s.listImports("workspaceId")},
		{method: "POST", path: "/api/v1/secret-imports", class: secretCalls, handle: s.createImport("workspaceId")},
		{method: "GET", path: "/api/v2/secret-imports", since: Era2026, class: reads, handle: s.listImports("projectId")},
		{method: "POST", path: "/api/v2/secret-imports", since: Era2026, class: secretCalls, handle: s.createImport("projectId")},
	}
}

var folderName = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

type folderBody struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Version   int    `json:"version"`
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
	EnvID     string `json:"envId"`
	ParentID  string `json:"parentId"`
}

func bodyOfFolder(folder store.Folder) folderBody {
	created := timestamp(folder.CreatedAt)
	return folderBody{
		ID: folder.ID, Name: folder.Name(), Version: 1, CreatedAt: created, UpdatedAt: created,
		EnvID: folder.EnvID, ParentID: folder.ParentID,
	}
}

// folderPath is the folder that a call is about, under either of the names of the field.
func folderPath(in input) string { return in.textOr("path", in.textOr("directory", "/")) }

func (s *server) listFolders(project string) handler {
	return func(c call) (any, *store.Failure) {
		in := readQuery(c.Request)
		ref, environment := store.ProjectRef{ID: in.filled(project)}, in.filled("environment")
		if failure := in.failure(); failure != nil {
			return nil, failure
		}
		folders, failure := s.store.Folders(c.actor, ref, environment, folderPath(in))
		if failure != nil {
			return nil, failure
		}
		bodies := []folderBody{}
		for _, folder := range folders {
			bodies = append(bodies, bodyOfFolder(folder))
		}
		return map[string]any{"folders": bodies}, nil
	}
}

func (s *server) createFolder(project string) handler {
	return func(c call) (any, *store.Failure) {
		in, failure := readInput(c.Request)
		if failure != nil {
			return nil, failure
		}
		id, environment, name := in.filled(project), in.filled("environment"), in.filled("name")
		if name != "" && !folderName.MatchString(name) {
			in.report(breaksRule("Invalid folder name. Only alphanumeric characters, dashes, and underscores are allowed.", "name"))
		}
		if failure := in.failure(); failure != nil {
			return nil, failure
		}
		folder, failure := s.store.CreateFolder(c.actor, id, environment, folderPath(in), name)
		if failure != nil {
			return nil, failure
		}
		return map[string]any{"folder": bodyOfFolder(folder)}, nil
	}
}

type secretImportBody struct {
	ID         string            `json:"id"`
	ImportPath string            `json:"importPath"`
	ImportEnv  map[string]string `json:"importEnv"`
}

func bodyOfImport(from store.Import) secretImportBody {
	return secretImportBody{from.ID, from.Path, map[string]string{"slug": from.Environment}}
}

func (s *server) listImports(project string) handler {
	return func(c call) (any, *store.Failure) {
		in := readQuery(c.Request)
		id, environment := in.filled(project), in.filled("environment")
		if failure := in.failure(); failure != nil {
			return nil, failure
		}
		list, failure := s.store.Imports(c.actor, id, environment, folderPath(in))
		if failure != nil {
			return nil, failure
		}
		bodies := []secretImportBody{}
		for _, from := range list {
			bodies = append(bodies, bodyOfImport(from))
		}
		return map[string]any{"message": "Successfully fetched secret imports", "secretImports": bodies}, nil
	}
}

func (s *server) createImport(project string) handler {
	return func(c call) (any, *store.Failure) {
		in, failure := readInput(c.Request)
		if failure != nil {
			return nil, failure
		}
		id, environment, from := in.filled(project), in.filled("environment"), store.Import{}
		if source := in.object("import"); source != nil {
			from = store.Import{Environment: source.filled("environment"), Path: source.filled("path")}
		} else {
			in.report(wrongType("object", "undefined", "import"))
		}
		if failure := in.failure(); failure != nil {
			return nil, failure
		}
		made, failure := s.store.CreateImport(c.actor, id, environment, folderPath(in), from)
		if failure != nil {
			return nil, failure
		}
		return map[string]any{"message": "Successfully created secret import", "secretImport": bodyOfImport(made)}, nil
	}
}
