package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// UnsureError says that it could not be found out whether a place in Infisical exists. It is no failure of the place.
type UnsureError struct{ Err error }

func (e *UnsureError) Error() string { return e.Err.Error() }
func (e *UnsureError) Unwrap() error { return e.Err }

// Place makes sure that the scope's project, environment and path exist, which ESO cannot tell on old servers: they answer an unknown
// environment with an empty list. What does not exist is a cause.Error that names what is meant; what cannot be found out an UnsureError.
func Place(ctx context.Context, session *infisical.Session, scope infisical.Scope) error {
	project, err := session.Project(ctx, scope.ProjectSlug)
	if err != nil {
		if c, _ := cause.Of(err); c.Code == cause.InvalidRequest {
			err = &cause.Error{Cause: cause.Cause{Code: cause.ProjectUnknown, Fix: "copy the slug from the project's settings in Infisical"}, Err: err}
		}
		return unsureUnless(meantProject(ctx, session, scope.ProjectSlug, err), cause.ProjectUnknown, cause.NotMember, cause.WrongProduct)
	}
	if err := KnownEnvironment(project, scope.EnvironmentSlug); err != nil {
		return err
	}
	return knownPath(ctx, session, project, scope)
}

// unsureUnless keeps an error with one of the causes, or a failure that any other call would meet, too.
func unsureUnless(err error, codes ...cause.Code) error {
	if c, known := cause.Of(err); known && slices.Contains(codes, c.Code) {
		return err
	}
	return &UnsureError{err}
}

// meantProject names the projects that may be meant by a slug that Infisical does not know: those that the identity sees.
func meantProject(ctx context.Context, session *infisical.Session, slug string, err error) error {
	c, _ := cause.Of(err)
	if c.Code != cause.ProjectUnknown {
		return err
	}
	c.Summary = "Infisical knows no project with the slug '" + slug + "' that this machine identity may see (the slug is not the name)"
	projects, listErr := session.Projects(ctx)
	if listErr != nil {
		// Servers of 2024 tell a machine identity of no project.
		return &cause.Error{Tried: "look for project " + slug, Cause: c, Err: err}
	}
	var slugs []string
	for _, p := range projects {
		slugs = append(slugs, p.Slug)
		if strings.EqualFold(p.Name, slug) || strings.EqualFold(p.Slug, slug) {
			c.Fix = fmt.Sprintf("use the slug of the project %s, which is %s", p.Name, p.Slug)
			return &cause.Error{Tried: "look for project " + slug, Cause: c, Err: err}
		}
	}
	if near := Nearest(slug, slugs); len(near) > 0 {
		c.Fix = "did you mean the project " + strings.Join(near, ", or ") + "?"
	} else if len(slugs) > 0 {
		c.Fix = "use one of the projects that the identity sees: " + strings.Join(slugs[:min(most, len(slugs))], ", ")
	}
	return &cause.Error{Tried: "look for project " + slug, Cause: c, Err: err}
}

// Decides reports whether a failure to log in says something that ESO will meet, too. Otherwise it may lie between here and Infisical, or
// pass, and ESO's verdict is the one that counts.
func Decides(err error) bool {
	var away *infisical.UnreachableError
	var unsure *UnsureError
	if errors.As(err, &away) || errors.As(err, &unsure) {
		return false
	}
	c, known := cause.Of(err)
	passing := []cause.Code{cause.RateLimited, cause.ServerFailed, cause.Maintenance, cause.ProxyAnswers, cause.AddressNotTrusted}
	return known && !slices.Contains(passing, c.Code)
}
