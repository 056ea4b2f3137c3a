package api

import (
	"net/http"
	"regexp"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

var slugPattern = regexp.MustCompile(`^[a-z0-9]+(?:[_-][a-z0-9]+)*$`)

type environmentBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

type projectBody struct {
	ID                     string            `json:"id"`
	LegacyID               string            `json:"_id"`
	Name                   string            `json:"name"`
	Slug                   string            `json:"slug"`
	Type                   string            `json:"type"`
	OrgID                  string            `json:"orgId"`
	AutoCapitalization     bool              `json:"autoCapitalization"`
	HasDeleteProtection    bool              `json:"hasDeleteProtection"`
	CreatedAt              string            `json:"createdAt"`
	UpdatedAt              string            `json:"updatedAt"`
	Version                int               `json:"version"`
	UpgradeStatus          *string           `json:"upgradeStatus"`
	PITVersionLimit        int               `json:"pitVersionLimit"`
	KMSCertificateKeyID    *string           `json:"kmsCertificateKeyId"`
	AuditLogsRetentionDays *int              `json:"auditLogsRetentionDays"`
	KMSSecretManagerKeyID  *string           `json:"kmsSecretManagerKeyId"`
	Environments           []environmentBody `json:"environments"`
}

func bodyOfProject(project store.Project) projectBody {
	body := projectBody{
		ID: project.ID, LegacyID: project.ID, Name: project.Name, Slug: project.Slug,
		Type: "secret-manager", OrgID: project.OrgID,
		CreatedAt: timestamp(project.CreatedAt), UpdatedAt: timestamp(project.UpdatedAt),
		Version: 3, PITVersionLimit: 10,
	}
	for _, env := range project.Environments {
		body.Environments = append(body.Environments, environmentBody{ID: env.ID, Name: env.Name, Slug: env.Slug})
	}
	return body
}

func (s *server) listProjects(member string) protectedHandler {
	return func(_ *http.Request, actor store.Actor) (any, *store.Failure) {
		bodies := []projectBody{}
		for _, project := range s.store.Projects(actor) {
			bodies = append(bodies, bodyOfProject(project))
		}
		return map[string]any{member: bodies}, nil
	}
}

func (s *server) projectByID(member string) protectedHandler {
	return func(r *http.Request, actor store.Actor) (any, *store.Failure) {
		project, failure := s.store.Project(actor, store.ProjectRef{ID: r.PathValue("id")})
		if failure != nil {
			return nil, failure
		}
		return map[string]any{member: bodyOfProject(project)}, nil
	}
}

func (s *server) projectBySlug(r *http.Request, actor store.Actor) (any, *store.Failure) {
	slug := r.PathValue("slug")
	if !slugPattern.MatchString(slug) {
		return nil, store.Refuse(store.Issue{Code: "custom", Path: []string{"slug"}, Message: "Invalid slug format"})
	}
	project, failure := s.store.Project(actor, store.ProjectRef{Slug: slug})
	if failure != nil {
		return nil, failure
	}
	return bodyOfProject(project), nil
}
