package store

import (
	"time"

	"github.com/google/uuid"
)

// Environment is one of a project's stages. Its name is for people: "Production" has the slug "prod".
type Environment struct {
	ID      string
	Name    string
	Slug    string
	folders map[string]*Folder // by absolute path
}

// CreateEnvironment adds an environment to a project.
func (s *Store) CreateEnvironment(actor Actor, projectID, name, slug string) (Environment, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, failure := s.visibleProject(actor, ProjectRef{ID: projectID})
	if failure != nil {
		return Environment{}, failure
	}
	if _, failure := s.mayInProject(actor, project, onEnvs, toCreate); failure != nil {
		return Environment{}, failure
	}
	if project.environment(slug) != nil {
		return Environment{}, Fail(EnvironmentSlugTaken, "slug", slug)
	}
	now := s.now()
	project.UpdatedAt = now
	return *project.addEnvironment(name, slug, now), nil
}

// Environment returns the environment of a project that has an id or a slug.
func (s *Store) Environment(actor Actor, projectID, idOrSlug string) (Environment, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, failure := s.visibleProject(actor, ProjectRef{ID: projectID})
	if failure != nil {
		return Environment{}, failure
	}
	env := find(project.Environments, func(e *Environment) bool { return e.ID == idOrSlug || e.Slug == idOrSlug })
	if env == nil {
		return Environment{}, Fail(EnvironmentUnknown, "environment", idOrSlug, "id", project.ID)
	}
	return *env, nil
}

func (p *Project) addEnvironment(name, slug string, now time.Time) *Environment {
	env := &Environment{ID: uuid.NewString(), Name: name, Slug: slug, folders: map[string]*Folder{}}
	env.ensureFolder("/", now)
	p.Environments = append(p.Environments, env)
	return env
}

func (p *Project) environment(slug string) *Environment {
	return find(p.Environments, func(e *Environment) bool { return e.Slug == slug })
}

// SetEnvironmentSlug gives an environment of a project another slug; its id stays. One that is not there needs none.
func (s *Store) SetEnvironmentSlug(projectID, from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project := s.projectByID(projectID)
	if project == nil || project.environment(from) == nil {
		return
	}
	project.environment(from).Slug, project.UpdatedAt = to, s.now()
}
