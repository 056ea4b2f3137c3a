package infisical

import (
	"context"
	"net/url"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Project is a project of Infisical.
type Project struct {
	ID             string        `json:"id"`
	Slug           string        `json:"slug"`
	Name           string        `json:"name"`
	OrganizationID string        `json:"orgId"`
	Environments   []Environment `json:"environments"`
}

// Environment is one of a project's. People see the name, programs use the slug.
type Environment struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

// Project looks a project up by its slug, among those that the session's owner is a member of.
func (s *Session) Project(ctx context.Context, slug string) (Project, error) {
	const op = "look up the project"
	var p Project
	err := s.get(ctx, op, "/api/v2/workspace/"+url.PathEscape(slug), nil, &p)
	if unsupported(err) {
		err = s.get(ctx, op, "/api/v1/projects/slug/"+url.PathEscape(slug), nil, &p)
	}
	return p, err
}

// Meant adds to the failure to find a project which one somebody means who gives its name in the place of the slug, or the slug in other
// letters. Any other error comes back as it is.
func (s *Session) Meant(ctx context.Context, slug string, err error) error {
	if c, _ := cause.Of(err); c.Code != cause.ProjectUnknown {
		return err
	}
	all, unknown := s.Projects(ctx)
	if unknown != nil {
		return err // It is a hint only, and servers of 2024 tell no machine identity.
	}
	for _, p := range all {
		if strings.EqualFold(p.Name, slug) || strings.EqualFold(p.Slug, slug) {
			return &cause.Error{Tried: "look up project " + slug, Err: err, Cause: cause.Cause{Code: cause.ProjectUnknown,
				Summary: "no project has the slug '" + slug + "', but there is one with the name " + p.Name,
				Fix:     "use its slug: --project " + p.Slug}}
		}
	}
	return err
}

// Projects lists those that the session's owner is a member of.
func (s *Session) Projects(ctx context.Context) ([]Project, error) {
	const op = "list the projects"
	var old struct {
		Workspaces []Project `json:"workspaces"`
	}
	err := s.get(ctx, op, "/api/v1/workspace", nil, &old)
	if !unsupported(err) {
		return old.Workspaces, err
	}
	var out struct {
		Projects []Project `json:"projects"`
	}
	err = s.get(ctx, op, "/api/v1/projects", nil, &out)
	return out.Projects, err
}

// Folders names the folders directly below path in an environment.
func (s *Session) Folders(ctx context.Context, projectID, environment, path string) ([]string, error) {
	const op = "list the folders"
	var out struct {
		Folders []struct {
			Name string `json:"name"`
		} `json:"folders"`
	}
	err := s.get(ctx, op, "/api/v1/folders", url.Values{"workspaceId": {projectID}, "environment": {environment}, "path": {path}}, &out)
	if unsupported(err) {
		err = s.get(ctx, op, "/api/v2/folders", url.Values{"projectId": {projectID}, "environment": {environment}, "path": {path}}, &out)
	}
	names := make([]string, 0, len(out.Folders))
	for _, f := range out.Folders {
		names = append(names, f.Name)
	}
	return names, err
}
