package store

import (
	"time"

	"github.com/google/uuid"
)

// CustomRole is a role of a project beside the built-in ones.
type CustomRole struct {
	ID          string
	ProjectID   string
	Slug        string
	Name        string
	Permissions []Permission
	CreatedAt   time.Time
}

// CreateRole adds a role to a project, where the plan includes that.
func (s *Store) CreateRole(actor Actor, projectID, slug, name string, allowed []Permission) (CustomRole, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, failure := s.knownProject(actor, ProjectRef{ID: projectID})
	if failure != nil {
		return CustomRole{}, failure
	}
	if _, failure := s.mayInProject(actor, project, onRoles, toCreate); failure != nil {
		return CustomRole{}, failure
	}
	if !s.settings.Plan.CustomRoles {
		return CustomRole{}, Fail(RoleCreatePlanMissing)
	}
	if _, builtIn := projectRole(slug); builtIn || project.customRole(slug) != nil {
		return CustomRole{}, Fail(RoleSlugTaken, "slug", slug)
	}
	role := &CustomRole{ID: uuid.NewString(), ProjectID: project.ID, Slug: slug, Name: name, Permissions: allowed, CreatedAt: s.now()}
	project.roles = append(project.roles, role)
	return *role, nil
}

// Roles returns the custom roles of a project.
func (s *Store) Roles(actor Actor, projectID string) ([]CustomRole, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, failure := s.knownProject(actor, ProjectRef{ID: projectID})
	if failure != nil {
		return nil, failure
	}
	if _, failure := s.mayInProject(actor, project, onRoles, toRead); failure != nil {
		return nil, failure
	}
	list := []CustomRole{}
	for _, role := range project.roles {
		list = append(list, *role)
	}
	return list, nil
}

func (p *Project) customRole(slug string) *CustomRole {
	return find(p.roles, func(r *CustomRole) bool { return r.Slug == slug })
}

// permissionsOfRole returns nothing for a role that does not exist.
func (p *Project) permissionsOfRole(slug string) permissions {
	if list, builtIn := projectRole(slug); builtIn {
		return list
	}
	if role := p.customRole(slug); role != nil {
		return role.Permissions
	}
	return nil
}
