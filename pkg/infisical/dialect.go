package infisical

import (
	"context"
	"net/http"
)

// Dialect is what a server of some age can do and how it refuses. It is found out without credentials.
type Dialect struct {
	// Modern servers, since the autumn of 2024, answer a missing token with 401, and have several ways to log in for one identity.
	Modern bool
	// ProjectRoutes came in September 2025, with identities that belong to a project.
	ProjectRoutes bool
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
	modern, err := c.probe(ctx, "/api/v1/workspace")
	if err != nil {
		return Dialect{}, err
	}
	d := Dialect{Modern: modern}
	if modern {
		if d.ProjectRoutes, err = c.probe(ctx, "/api/v1/projects"); err != nil {
			return Dialect{}, err
		}
	}
	c.dialect = &d
	return d, nil
}

// probe reports whether a route exists and refuses as modern servers do.
func (c *Client) probe(ctx context.Context, path string) (bool, error) {
	err := c.do(ctx, call{op: "ask Infisical for its version", method: http.MethodGet, path: path, repeat: always})
	switch {
	case hasStatus(err, http.StatusUnauthorized):
		return true, nil
	case err == nil, unsupported(err), hasStatus(err, http.StatusForbidden):
		return false, nil
	}
	return false, err
}
