package helm

import (
	"context"
	"fmt"

	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/releaseutil"
)

// Settle brings a release to an end whose run has died: back to the revision that was deployed last or, where none ever was, on with the
// one that was begun. Of one that is deployed it makes again what is missing. It needs no chart: the release holds what it consists of. Mark
// the custom resource definitions in the cluster as to be kept before.
func (c *Client) Settle(ctx context.Context, name string) (Release, error) {
	history, err := c.config.Releases.History(name)
	if err != nil || len(history) == 0 {
		return Release{}, fmt.Errorf("settle Helm release %s: read its history: %w", name, err)
	}
	releaseutil.Reverse(history, releaseutil.SortByRevision)
	target := history[0]
	for _, r := range history {
		if r.Info != nil && r.Info.Status == release.StatusDeployed {
			target = r
			break
		}
	}
	return c.Rollback(ctx, name, target.Version)
}
