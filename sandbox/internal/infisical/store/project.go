package store

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Project holds the secrets of one product; clients name it by its slug or its id.
type Project struct {
	ID           string
	OrgID        string
	Name         string
	Slug         string
	Protected    bool // against being deleted
	Environments []*Environment
	CreatedAt    time.Time
	UpdatedAt    time.Time

	roles []*CustomRole
}

// ProjectRef names a project by id or, where the id is empty, by slug.
type ProjectRef struct {
	ID   string
	Slug string
}

// AddProject creates a project with the three default environments without asking who may.
func (s *Store) AddProject(orgID, name, slug string) Project {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.addProject(orgID, name, slug, true)
}

// addProject needs s.mu held.
func (s *Store) addProject(orgID, name, slug string, withEnvironments bool) *Project {
	now := s.now()
	project := &Project{ID: uuid.NewString(), OrgID: orgID, Name: name, Slug: slug, CreatedAt: now, UpdatedAt: now}
	if withEnvironments {
		for _, env := range [][2]string{{"Development", "dev"}, {"Staging", "staging"}, {"Production", "prod"}} {
			project.addEnvironment(env[0], env[1], now)
		}
	}
	s.projects = append(s.projects, project)
	return project
}

// NewProject are the properties of a project to create.
type NewProject struct {
	Name         string
	Slug         string // empty: one is made from the name
	Protected    bool
	Environments bool // the three default ones
}

// CreateProject creates a project and makes its creator an administrator of it.
func (s *Store) CreateProject(actor Actor, properties NewProject) (Project, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if failure := s.mayInOrg(actor, onProject, toCreate); failure != nil {
		return Project{}, failure
	}
	slug := properties.Slug
	if slug == "" {
		slug = slugOf(properties.Name) + "-" + uuid.NewString()[:4]
	}
	if s.projectBySlug(actor.OrgID, slug) != nil {
		return Project{}, Fail(ProjectSlugTaken, "slug", slug)
	}
	project := s.addProject(actor.OrgID, properties.Name, slug, properties.Environments)
	project.Protected = properties.Protected
	s.addMembership(project.ID, actor.ID, []Role{{ID: uuid.NewString(), Slug: RoleAdmin, CreatedAt: s.now()}})
	return *project, nil
}

// slugOf turns a name into lower-case words that are joined by hyphens.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}

// DeleteProject removes a project with all that is in it.
func (s *Store) DeleteProject(actor Actor, id string) (Project, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	project, failure := s.visibleProject(actor, ProjectRef{ID: id})
	if failure != nil {
		return Project{}, failure
	}
	if _, failure := s.mayInProject(actor, project, onProject, toDelete); failure != nil {
		return Project{}, failure
	}
	if project.Protected {
		return Project{}, Fail(IdentityProtected)
	}
	s.projects = slices.DeleteFunc(s.projects, func(p *Project) bool { return p == project })
	s.memberships = slices.DeleteFunc(s.memberships, func(m *Membership) bool { return m.ProjectID == project.ID })
	s.identities = slices.DeleteFunc(s.identities, func(i *Identity) bool { return i.ProjectID == project.ID })
	return *project, nil
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
	visible := []Project{}
	for _, project := range s.projects {
		if s.membership(project.ID, actor.ID) != nil {
			visible = append(visible, *project)
		}
	}
	return visible
}

// visibleProject returns a project the actor is a member of. It needs s.mu held.
func (s *Store) visibleProject(actor Actor, ref ProjectRef) (*Project, *Failure) {
	project, failure := s.knownProject(actor, ref)
	if failure != nil {
		return nil, failure
	}
	if s.membership(project.ID, actor.ID) == nil {
		return nil, Fail(NotMember, "id", project.ID)
	}
	return project, nil
}

// knownProject returns a project of the actor's organisation; a slug is looked up within it only. It needs s.mu held.
func (s *Store) knownProject(actor Actor, ref ProjectRef) (*Project, *Failure) {
	if ref.ID == "" {
		if project := s.projectBySlug(actor.OrgID, ref.Slug); project != nil {
			return project, nil
		}
		return nil, Fail(ProjectSlugUnknown, "slug", ref.Slug)
	}
	if failure := s.typedID(ref.ID, "Failed to find project by id"); failure != nil {
		return nil, failure
	}
	project := s.projectByID(ref.ID)
	switch {
	case project == nil:
		return nil, Fail(ProjectIDUnknown, "id", ref.ID)
	case project.OrgID != actor.OrgID:
		return nil, Fail(ProjectOfAnotherOrg, "own", actor.OrgID, "id", ref.ID)
	}
	return project, nil
}

// projectByID needs s.mu held.
func (s *Store) projectByID(id string) *Project {
	return find(s.projects, func(p *Project) bool { return p.ID == id })
}

// projectBySlug needs s.mu held.
func (s *Store) projectBySlug(orgID, slug string) *Project {
	return find(s.projects, func(p *Project) bool { return p.OrgID == orgID && p.Slug == slug })
}
