package setup

import (
	"context"
	"errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// LoadChart fetches the chart that is meant, of the runbook's version if none is given. tried is what an error says was attempted.
func (d *Desired) LoadChart(ctx context.Context, tried string) (*helm.Chart, error) {
	chart, err := loadChart(ctx, d.source())
	var named *cause.Error
	if errors.As(err, &named) {
		named.Tried = tried
	}
	return chart, err
}
