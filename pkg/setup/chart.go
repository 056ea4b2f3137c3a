package setup

import (
	"context"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// LoadChart fetches the chart that is meant, of the runbook's version if none is given.
func (d *Desired) LoadChart(ctx context.Context) (*helm.Chart, error) {
	return loadChart(ctx, d.source())
}
