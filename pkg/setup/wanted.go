package setup

import (
	"context"
	"fmt"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// asWanted reports whether a deployed release is what was asked for, as far as something was asked for: a version, a chart, values.
// An install does not change what is installed, so the difference is an error that names what does.
func (r *Runner) asWanted(ctx context.Context, release helm.Release) error {
	d := r.Desired
	var differs, flags []string
	version, err := r.wantedVersion(ctx)
	if err != nil {
		return err
	}
	if version != "" && !helm.Satisfies(version, release.ChartVersion) {
		differs = append(differs, "its chart is "+release.ChartVersion+", not "+version)
		flags = append(flags, " "+r.Desired.Chart.Flags())
	}
	given, err := d.Values.Merge()
	if err != nil {
		return &InputError{Problem: err.Error()}
	}
	if keys := helm.Differing(release.Values, given); len(keys) > 0 {
		differs = append(differs, "it was given no or other values for "+strings.Join(keys, ", "))
		flags = append(flags, ", with the same --set and --values")
	}
	if len(differs) == 0 {
		return nil
	}
	return &cause.Error{Tried: triedInstall, Cause: cause.Cause{Code: "EI266",
		Summary: fmt.Sprintf("Helm release %s is deployed, and not as asked for: %s", release.Name, strings.Join(differs, "; ")),
		Fix:     "change it with kubectl eso-infisical upgrade" + strings.Join(flags, "")}}
}

// wantedVersion is that of the chart which was asked for, or "" if none was.
func (r *Runner) wantedVersion(ctx context.Context) (string, error) {
	source := r.Desired.Chart
	if !source.Pinned() {
		return source.Version, nil
	}
	chart, err := loadChart(ctx, source)
	if err != nil {
		return "", err
	}
	return chart.Version(), nil
}
