package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/esoversion"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/preflight"
)

const triedInstall = "install External Secrets Operator"

// chartName is the only chart that is installed.
const chartName = "external-secrets"

// plan is a chart with its values, and what it makes of them.
type plan struct {
	chart      *helm.Chart
	values     map[string]any
	kubernetes string
	rendered   helm.Rendered
	objects    []*unstructured.Unstructured
}

// plan prepares the release. Nothing is changed.
func (r *Runner) plan(ctx context.Context, release helm.Release) (plan, error) {
	source := r.Desired.source()
	r.Progress("fetching chart " + source.String())
	chart, err := loadChart(ctx, source)
	if err != nil {
		return plan{}, err
	}
	capabilities, err := r.Releases.Capabilities(ctx)
	if err != nil {
		return plan{}, err
	}
	return r.Desired.render(chart, release.Values, capabilities)
}

// source is where the chart is, with the runbook's version if none is given.
func (d *Desired) source() helm.Source {
	source := d.Chart
	if source.Version == "" && !source.Pinned() {
		source.Version = DefaultChartVersion
	}
	return source
}

func loadChart(ctx context.Context, source helm.Source) (*helm.Chart, error) {
	chart, err := source.Load(ctx)
	if err != nil {
		return nil, &cause.Error{Tried: triedInstall, Cause: cause.Cause{Code: "EI205",
			Summary: "its chart cannot be fetched", Fix: "check --repo, --chart and --version, and the way to the chart repository"}, Err: err}
	}
	if chart.Name() != chartName {
		return nil, &cause.Error{Tried: triedInstall, Cause: cause.Cause{Code: "EI208",
			Summary: fmt.Sprintf("the chart is called %s, and not %s", chart.Name(), chartName), Fix: "give External Secrets Operator's own chart with --chart"}}
	}
	return chart, nil
}

// render lays the values given over those that the release has already, and these over the product's own.
func (d *Desired) render(chart *helm.Chart, held map[string]any, on helm.Capabilities) (plan, error) {
	given, err := d.Values.Merge()
	if err != nil {
		return plan{}, &InputError{Problem: err.Error()}
	}
	p := plan{chart: chart, kubernetes: on.Kubernetes, values: helm.Overlay(helm.Overlay(eso.ChartValues(), held), given)}
	p.rendered, err = chart.Render(d.Release, d.Namespace, p.values, on)
	if err == nil {
		p.objects, err = p.rendered.Objects()
	}
	if err != nil {
		return p, &cause.Error{Tried: triedInstall, Err: err, Cause: cause.Cause{Code: "EI229",
			Summary: "its chart makes nothing of these values", Fix: "correct the value that the detail names, in --values or --set"}}
	}
	return p, p.checkDefinitions()
}

// checkDefinitions refuses a chart that is to bring definitions and has none, as one taken from the sources as they are: Helm would
// install it without a word, and nothing would work.
func (p plan) checkDefinitions() error {
	effective, err := p.chart.Effective(p.values)
	if err != nil {
		return err
	}
	brings := slices.ContainsFunc(p.objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == "CustomResourceDefinition" })
	if effective["installCRDs"] != true || brings {
		return nil
	}
	return &cause.Error{Tried: triedInstall, Cause: cause.Cause{Code: "EI209",
		Summary: "the chart has no templates of the custom resource definitions, as a checkout of the sources has none",
		Fix:     "use a released chart, or make the templates (make helm.generate); if the definitions are in the cluster already: --set installCRDs=false"}}
}

// Preview is what an install would make, found out without a cluster.
type Preview struct {
	Chart, ESO, Kubernetes string
	Objects                []*unstructured.Unstructured
	Images                 []string
	Findings               []preflight.Finding
}

// Preview renders the chart for a version of Kubernetes; empty stands for the newest that the chart's ESO is tested with.
func (d Desired) Preview(ctx context.Context, kubernetes string) (Preview, error) {
	chart, err := loadChart(ctx, d.source())
	if err != nil {
		return Preview{}, err
	}
	if kubernetes == "" {
		kubernetes = testedKubernetes(chart.AppVersion())
	}
	p, err := d.render(chart, nil, helm.Capabilities{Kubernetes: kubernetes})
	if err != nil {
		return Preview{}, err
	}
	images, err := p.rendered.Images()
	return Preview{Chart: chart.Version(), ESO: chart.AppVersion(), Kubernetes: kubernetes, Objects: p.objects, Images: images,
		Findings: preflight.Versions(preflight.Subject{AppVersion: chart.AppVersion(), Kubernetes: kubernetes})}, err
}

// anyKubernetes is rendered for where nothing better is known.
const anyKubernetes = "1.34"

func testedKubernetes(version string) string {
	table, err := esoversion.Known()
	known, errVersion := table.Of(version)
	if errors.Join(err, errVersion) != nil || known.Newest == "" {
		return anyKubernetes
	}
	return known.Newest
}
