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

// mostProjects is how many are named where none is like the one that was asked for.
const mostProjects = 3

// Meant adds to the failure to find a project which one may be meant, of those that the session sees: the one whose name was given in place of the slug,
// or those whose slugs are like it. Any other error comes back as it is.
func (s *Session) Meant(ctx context.Context, slug string, err error) error {
	c, _ := cause.Of(err)
	if c.Code != cause.ProjectUnknown {
		return err
	}
	c.Summary = "Infisical knows no project with the slug '" + slug + "' that may be seen with these credentials (the slug is not the name)"
	meant := func() error { return &cause.Error{Tried: "look for project " + slug, Cause: c, Err: err} }
	projects, unknown := s.Projects(ctx)
	if unknown != nil {
		return meant() // Servers of 2024 tell a machine identity of no project.
	}
	var slugs []string
	for _, p := range projects {
		slugs = append(slugs, p.Slug)
		if strings.EqualFold(p.Name, slug) || strings.EqualFold(p.Slug, slug) {
			c.Fix = "use the slug of the project " + p.Name + ", which is " + p.Slug
			return meant()
		}
	}
	if near := cause.Nearest(slug, slugs); len(near) > 0 {
		c.Fix = "did you mean the project " + strings.Join(near, ", or ") + "?"
	} else if len(slugs) > 0 {
		c.Fix = "use one of the projects that these credentials see: " + strings.Join(slugs[:min(mostProjects, len(slugs))], ", ")
	}
	return meant()
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
