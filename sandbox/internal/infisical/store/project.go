package store

import (
	"time"

	"github.com/google/uuid"
)

// Project holds the secrets of one product; clients name it by its slug or its id.
type Project struct {
	ID           string
	OrgID        string
	Name         string
	Slug         string
	Environments []*Environment
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Environment is one of a project's stages. Its name is for people: "Production" has the slug "prod".
type Environment struct {
	ID      string
	Name    string
	Slug    string
	folders map[string]*Folder // by absolute path
}

// ProjectRef names a project by id or, where the id is empty, by slug.
type ProjectRef struct {
	ID   string
	Slug string
}

// AddProject creates a project with the three default environments.
func (s *Store) AddProject(orgID, name, slug string) Project {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	project := &Project{ID: uuid.NewString(), OrgID: orgID, Name: name, Slug: slug, CreatedAt: now, UpdatedAt: now}
	for _, env := range [][2]string{{"Development", "dev"}, {"Staging", "staging"}, {"Production", "prod"}} {
		environment := &Environment{ID: uuid.NewString(), Name: env[0], Slug: env[1], folders: map[string]*Folder{}}
		environment.ensureFolder("/", now)
		project.Environments = append(project.Environments, environment)
	}
	s.projects = append(s.projects, project)
	return *project
}

// SetProjectSlug gives the project another slug; its id stays.
func (s *Store) SetProjectSlug(projectID, slug string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if project := s.projectByID(projectID); project != nil {
		project.Slug = slug
		project.UpdatedAt = s.now()
	}
}

// Project returns a project the actor is a member of.
func (s *Store) Project(actor Actor, ref ProjectRef) (Project, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, failure := s.visibleProject(actor, ref)
	if failure != nil {
		return Project{}, failure
	}
	return *project, nil
}

// Projects returns all projects the actor is a member of.
func (s *Store) Projects(actor Actor) []Project {
	s.mu.Lock()
	defer s.mu.Unlock()
	var visible []Project
	for _, project := range s.projects {
		if s.memberships[membership{actor.IdentityID, project.ID}] {
			visible = append(visible, *project)
		}
	}
	return visible
}

// visibleProject needs s.mu held. A slug is looked up within the actor's organisation only.
func (s *Store) visibleProject(actor Actor, ref ProjectRef) (*Project, *Failure) {
	project, unknown := s.projectByID(ref.ID), Fail(ProjectIDUnknown, "id", ref.ID)
	if ref.ID == "" {
		project, unknown = s.projectBySlug(actor.OrgID, ref.Slug), Fail(ProjectSlugUnknown, "slug", ref.Slug)
	}
	if project == nil {
		return nil, unknown
	}
	if !s.memberships[membership{actor.IdentityID, project.ID}] {
		return nil, Fail(NotMember, "id", project.ID)
	}
	return project, nil
}

func (s *Store) projectByID(id string) *Project {
	for _, project := range s.projects {
		if project.ID == id {
			return project
		}
	}
	return nil
}

func (s *Store) projectBySlug(orgID, slug string) *Project {
	for _, project := range s.projects {
		if project.OrgID == orgID && project.Slug == slug {
			return project
		}
	}
	return nil
}

func (p *Project) environment(slug string) *Environment {
	for _, environment := range p.Environments {
		if environment.Slug == slug {
			return environment
		}
	}
	return nil
}
