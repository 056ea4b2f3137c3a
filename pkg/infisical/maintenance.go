package infisical

import (
	"context"
	"net/http"
)

// Maintenance reports whether the server is in maintenance mode, in which nobody can log in. Newer servers answer a login with an internal
// error then, which says nothing of it.
func (c *Client) Maintenance(ctx context.Context) (bool, error) {
	var out struct {
		Config struct {
			Maintenance bool `json:"isMigrationModeOn"`
		} `json:"config"`
	}
	err := c.do(ctx, call{op: "ask Infisical for its mode", method: http.MethodGet, path: "/api/v1/admin/config", out: &out, repeat: always})
	return out.Config.Maintenance, err
}
