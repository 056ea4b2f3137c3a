package helm

import (
	"context"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/release"
)

// Upgrade applies the chart over the release as a new revision and does not wait for anything to start. The chart's own defaults come first,
// over them the values that the release was given before, over them those of the operation. A revision that an earlier run has left pending
// is recorded as failed.
//
// As with Install, Helm is not cancelled half-way.
func (c *Client) Upgrade(ctx context.Context, op Operation) (Release, error) {
	return c.applyOver(ctx, "upgrade", op)
}

func (c *Client) applyOver(ctx context.Context, verb string, op Operation) (Release, error) {
	next, err := c.nextRevision(op.Name)
	if err != nil {
		return Release{}, err
	}
	if err := c.failPending(op.Name); err != nil {
		return Release{}, err
	}
	upgrade := action.NewUpgrade(c.config)
	upgrade.Namespace, upgrade.MaxHistory = c.namespace, maxHistory
	upgrade.Timeout, upgrade.Labels, upgrade.TakeOwnership = OperationTimeout, mark(next), op.TakeOwnership
	upgrade.ResetThenReuseValues = true
	return run(ctx, verb, op, func(ctx context.Context, ch *chart.Chart, v map[string]any) (*release.Release, error) {
		return upgrade.RunWithContext(ctx, op.Name, ch, v)
	})
}
