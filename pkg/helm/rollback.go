package helm

import (
	"context"
	"fmt"
	"maps"

	"helm.sh/helm/v3/pkg/action"
)

// Rollback applies an earlier revision again, as a new one, and does not wait for anything to start. Objects that came with the revisions
// after it are deleted, but for those that are marked to be kept.
//
// As with Install, Helm is not cancelled half-way.
func (c *Client) Rollback(ctx context.Context, name string, revision int) (Release, error) {
	what := fmt.Sprintf("roll Helm release %s back to revision %d", name, revision)
	if err := c.failPending(name); err != nil {
		return Release{}, fmt.Errorf("%s: %w", what, err)
	}
	rollback := action.NewRollback(c.config)
	rollback.Version, rollback.MaxHistory, rollback.Timeout = revision, maxHistory, OperationTimeout
	if err := rollback.Run(name); err != nil {
		return Release{}, fmt.Errorf("%s: %w", what, err)
	}
	made, err := c.config.Releases.Last(name)
	if err != nil {
		return Release{}, fmt.Errorf("%s: read the release: %w", what, err)
	}
	// Helm copies the labels of the earlier revision, whose mark names that one.
	made.Labels = maps.Clone(made.Labels)
	if made.Labels == nil {
		made.Labels = map[string]string{}
	}
	maps.Copy(made.Labels, mark(made.Version))
	if err := c.config.Releases.Update(made); err != nil {
		return Release{}, fmt.Errorf("%s: mark the new revision: %w", what, err)
	}
	return describe(made), ctx.Err()
}
