package api

import (
	"regexp"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

var projectSlug = regexp.MustCompile(`^[a-z0-9]+(?:[_-][a-z0-9]+)*$`)

// projectRoutes are about projects, which were called workspaces at first.
func (s *server) projectRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/workspace", class: reads, access: usersThen2024, handle: s.listProjects("workspaces")},
		{method: "GET", path: "/api/v1/workspace/{projectId}", class: reads, handle: s.projectByID("workspace")},
		{method: "DELETE", path: "/api/v1/workspace/{projectId}", class: writes, handle: s.deleteProject("workspace")},
		{method: "POST", path: "/api/v2/workspace", class: projectCreation, handle: s.createProject},
		{method: "GET", path: "/api/v2/workspace/{slug}", class: reads, handle: s.projectBySlug},

		{method: "GET", path: "/api/v1/projects", since: Era2026, class: reads, handle: s.listProjects("projects")},
		{method: "POST", path: "/api/v1/projects", since: Era2026, class: projectCreation, handle: s.createProject},
		{method: "GET", path: "/api/v1/projects/{projectId}", since: Era2026, class: reads, handle: s.projectByID("project")},
		{method: "DELETE", path: "/api/v1/projects/{projectId}", since: Era2026, class: writes, handle: s.deleteProject("project")},
		{method: "GET", path: "/api/v1/projects/slug/{slug}", since: Era2026, class: reads, handle: s.projectBySlug},
	}
}

func (s *server) listProjects(member string) handler {
	return func(c call) (any, *store.Failure) {
		bodies := []projectBody{}
		for _, project := range s.store.Projects(c.actor) {
			bodies = append(bodies, s.projectBody(project))
		}
		return map[string]any{member: bodies}, nil
	}
}

func (s *server) projectByID(member string) handler {
	return func(c call) (any, *store.Failure) {
		project, failure := s.store.Project(c.actor, store.ProjectRef{ID: c.PathValue("projectId")})
		return s.projectAnswer(member, project, failure)
	}
}

func (s *server) deleteProject(member string) handler {
	return func(c call) (any, *store.Failure) {
		project, failure := s.store.DeleteProject(c.actor, c.PathValue("projectId"))
		return s.projectAnswer(member, project, failure)
	}
}

func (s *server) projectAnswer(member string, project store.Project, failure *store.Failure) (any, *store.Failure) {
	if failure != nil {
		return nil, failure
	}
	return map[string]any{member: s.projectBody(project)}, nil
}

func (s *server) projectBySlug(c call) (any, *store.Failure) {
	slug := c.PathValue("slug")
	if !projectSlug.MatchString(slug) {
		return nil, invalid(breaksRule("Invalid slug format", "slug"))
	}
	project, failure := s.store.Project(c.actor, store.ProjectRef{Slug: slug})
	if failure != nil {
		return nil, failure
	}
	return s.projectBody(project), nil
}

func (s *server) createProject(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	properties := store.NewProject{
		Name: in.filled("projectName"), Slug: in.textOr("slug", ""),
		Environments: in.boolean("shouldCreateDefaultEnvs", true), Protected: in.boolean("hasDeleteProtection", false),
	}
	if len(properties.Name) > 64 {
		in.report(tooLong(64, "projectName"))
	}
	if in.has("slug") && (len(properties.Slug) < 5 || len(properties.Slug) > 36 || !slugText.MatchString(properties.Slug)) {
		in.report(breaksRule("Slug must be a valid slug", "slug"))
	}
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	project, failure := s.store.CreateProject(c.actor, properties)
	return s.projectAnswer("project", project, failure)
}

type environmentBody struct {
	Name string `json:"name"`
	Slug string `json:"slug"`
	ID   string `json:"id"`
}

type projectBody struct {
	ID                     string  `json:"id"`
	Name                   string  `json:"name"`
	Slug                   string  `json:"slug"`
	AutoCapitalization     bool    `json:"autoCapitalization"`
	OrgID                  string  `json:"orgId"`
	CreatedAt              string  `json:"createdAt"`
	UpdatedAt              string  `json:"updatedAt"`
	Version                int     `json:"version"`
	UpgradeStatus          *string `json:"upgradeStatus"`
	PITVersionLimit        int     `json:"pitVersionLimit"`
	KMSCertificateKeyID    *string `json:"kmsCertificateKeyId"`
	AuditLogsRetentionDays *int    `json:"auditLogsRetentionDays"`
	KMSSecretManagerKeyID  *string `json:"kmsSecretManagerKeyId"`
	*modernProjectBody
	LegacyID     string            `json:"_id"`
	Environments []environmentBody `json:"environments"`
}

type modernProjectBody struct {
	Type            string `json:"type"`
	DeleteProtected bool   `json:"hasDeleteProtection"`
}

func (s *server) projectBody(project store.Project) projectBody {
	body := projectBody{
		ID: project.ID, LegacyID: project.ID, Name: project.Name, Slug: project.Slug, OrgID: project.OrgID,
		CreatedAt: timestamp(project.CreatedAt), UpdatedAt: timestamp(project.UpdatedAt),
		Version: 2, AutoCapitalization: true, PITVersionLimit: 10, Environments: []environmentBody{},
	}
	if s.dialect.modern {
		body.Version, body.AutoCapitalization = 3, false
		body.modernProjectBody = &modernProjectBody{Type: "secret-manager", DeleteProtected: project.Protected}
	}
	for _, env := range project.Environments {
		body.Environments = append(body.Environments, environmentBody{env.Name, env.Slug, env.ID})
	}
	return body
}
