package infisical

import (
	"context"
	"errors"
	"net/http"
)

// Dialect is what a server of some age can do and how it refuses. It is found out without credentials.
type Dialect struct {
	// Modern servers, since the autumn of 2024, answer a missing token with 401, and have several ways to log in for one identity.
	Modern bool
	// ProjectRoutes came in September 2025, with identities that belong to a project.
	ProjectRoutes bool
	// Lockout means that failed logins lock a machine identity, and that an administrator can end that.
	Lockout bool
}

// Era names the dialect for people.
func (d Dialect) Era() string {
	switch {
	case d.ProjectRoutes:
		return "2025 or newer"
	case d.Modern:
		return "between autumn 2024 and summer 2025"
	default:
		return "2024"
	}
}

// Dialect asks once which dialect the server speaks: a protected route that exists says that the token is missing, in one of two ways, and
// one that does not exist says so.
func (c *Client) Dialect(ctx context.Context) (Dialect, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dialect != nil {
		return *c.dialect, nil
	}
	var d Dialect
	for _, p := range []struct {
		found        *bool
		method, path string
	}{
		{&d.Modern, http.MethodGet, "/api/v1/workspace"},
		{&d.ProjectRoutes, http.MethodGet, "/api/v1/projects"},
		{&d.Lockout, http.MethodPost, universalAuthPath(nobody) + "/clear-lockouts"},
	} {
		found, err := c.probe(ctx, p.method, p.path)
		if err != nil {
			return Dialect{}, err
		}
		if *p.found = found; !found {
			break // What came later is not there either.
		}
	}
	c.dialect = &d
	return d, nil
}

// Dialect is that of the session's server.
func (s *Session) Dialect(ctx context.Context) (Dialect, error) { return s.client.Dialect(ctx) }

// nobody is no identity's ID. The server asks for a token before it looks at the ID.
const nobody = "00000000-0000-4000-8000-000000000000"

// probe reports whether a route exists and refuses as modern servers do. Only those refer to their log.
func (c *Client) probe(ctx context.Context, method, path string) (bool, error) {
	err := c.do(ctx, call{op: "ask Infisical for its version", method: method, path: path, repeat: always})
	var answer *APIError
	switch {
	case hasStatus(err, http.StatusUnauthorized),
		hasStatus(err, http.StatusForbidden) && errors.As(err, &answer) && answer.RequestID != "":
		return true, nil
	case err == nil, errors.As(err, &answer) && answer.Name != "" && answer.Status < 500 && answer.Status != http.StatusTooManyRequests:
		return false, nil
	}
	return false, err
}
