package helm

import (
	"context"
	"fmt"
	"strings"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chartutil"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/yaml"
)

// Capabilities are what a chart's templates can ask about the cluster.
type Capabilities struct {
	// Kubernetes is its version, as in v1.34.4.
	Kubernetes string
	// APIs are group/version and group/version/Kind.
	APIs []string
}

// Capabilities asks the cluster, once for all operations of the client.
func (c *Client) Capabilities(ctx context.Context) (Capabilities, error) {
	if c.config.Capabilities == nil {
		if err := c.discover(); err != nil {
			return Capabilities{}, fmt.Errorf("ask the cluster for its version and kinds: %w", err)
		}
	}
	known := c.config.Capabilities
	return Capabilities{Kubernetes: known.KubeVersion.Version, APIs: known.APIVersions}, ctx.Err()
}

func (c *Client) discover() error {
	client, err := c.config.RESTClientGetter.ToDiscoveryClient()
	if err != nil {
		return err
	}
	version, err := client.ServerVersion()
	if err != nil {
		return err
	}
	// What is cached may be older than ESO's custom resources.
	client.Invalidate()
	apis, err := action.GetVersionSet(client)
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return err
	}
	c.config.Capabilities = &chartutil.Capabilities{APIVersions: apis, HelmVersion: chartutil.DefaultCapabilities.HelmVersion,
		KubeVersion: chartutil.KubeVersion{Version: version.GitVersion, Major: version.Major, Minor: version.Minor}}
	return nil
}

// Rendered is what a chart makes of its values.
type Rendered struct{ manifest string }

// Render makes the chart's objects without asking any cluster.
func (c *Chart) Render(name, namespace string, values map[string]any, on Capabilities) (Rendered, error) {
	version, err := chartutil.ParseKubeVersion(on.Kubernetes)
	if err != nil {
		return Rendered{}, fmt.Errorf("%q is no version of Kubernetes: %w", on.Kubernetes, err)
	}
	render := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	render.ReleaseName, render.Namespace = name, namespace
	render.DryRun, render.ClientOnly, render.Replace = true, true, true
	render.KubeVersion, render.APIVersions = version, on.APIs
	made, err := render.Run(c.chart, values)
	if err != nil {
		return Rendered{}, fmt.Errorf("render chart %s %s: %w", c.Name(), c.Version(), err)
	}
	var all strings.Builder
	all.WriteString(made.Manifest)
	for _, hook := range made.Hooks {
		all.WriteString("\n---\n" + hook.Manifest)
	}
	return Rendered{manifest: all.String()}, nil
}

// Objects are the rendered ones. Of custom resource definitions only what stands before the spec is read: they are megabytes.
func (r Rendered) Objects() ([]*unstructured.Unstructured, error) { return r.objects(true) }

// WholeObjects are the rendered ones with all that belongs to them.
func (r Rendered) WholeObjects() ([]*unstructured.Unstructured, error) { return r.objects(false) }

func (r Rendered) objects(headsOnly bool) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for _, document := range strings.Split("\n"+r.manifest, "\n---") {
		if headsOnly && strings.Contains(document, "\nkind: CustomResourceDefinition\n") {
			document, _, _ = strings.Cut(document, "\nspec:\n")
		}
		data, err := yaml.YAMLToJSON([]byte(document))
		if err != nil {
			return nil, fmt.Errorf("read the rendered chart: %w", err)
		}
		// Kubernetes' own decoder keeps whole numbers whole.
		var fields map[string]any
		if err := json.Unmarshal(data, &fields); err != nil || len(fields) == 0 {
			continue // nothing but comments
		}
		objects = append(objects, &unstructured.Unstructured{Object: fields})
	}
	return objects, nil
}
