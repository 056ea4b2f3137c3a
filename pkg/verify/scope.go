package verify

import (
	"context"
	"errors"
	"slices"

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
		return unsureUnless(session.Meant(ctx, scope.ProjectSlug, err), cause.ProjectUnknown, cause.NotMember, cause.WrongProduct)
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
