package api

import (
	"net/http"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

type folderBody struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Version   int    `json:"version"`
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
	EnvID     string `json:"envId"`
	ParentID  string `json:"parentId"`
}

// listFolders serves both versions of the route, which differ in the name of the project's parameter.
func (s *server) listFolders(projectParam string) protectedHandler {
	return func(r *http.Request, actor store.Actor) (any, *store.Failure) {
		query := r.URL.Query()
		below := query.Get("path")
		if below == "" {
			below = query.Get("directory")
		}
		folders, failure := s.store.Folders(actor, store.ProjectRef{ID: query.Get(projectParam)}, query.Get("environment"), below)
		if failure != nil {
			return nil, failure
		}
		bodies := []folderBody{}
		for _, folder := range folders {
			created := timestamp(folder.CreatedAt)
			bodies = append(bodies, folderBody{
				ID: folder.ID, Name: folder.Name(), Version: 1, CreatedAt: created, UpdatedAt: created,
				EnvID: folder.EnvID, ParentID: folder.ParentID,
			})
		}
		return map[string]any{"folders": bodies}, nil
	}
}
