package export

import "strings"

// Chart says where ESO's chart comes from.
type Chart struct {
	// Repository is the address of a chart repository, or oci:// and the folder in a registry that the chart is in.
	Repository, Name, Version string
	// Digest is that of the manifest in the registry, or empty. Only Helm and Flux take one.
	Digest string
}

const ociScheme = "oci://"

func (c Chart) inRegistry() bool { return strings.HasPrefix(c.Repository, ociScheme) }

// helmArguments are those of helm upgrade --install that choose the chart.
func (c Chart) helmArguments() string {
	switch {
	case c.Digest != "":
		return c.Repository + "/" + c.Name + "@" + c.Digest
	case c.inRegistry():
		return c.Repository + "/" + c.Name + " --version " + c.Version
	}
	return c.Name + " --repo " + c.Repository + " --version " + c.Version
}

// argoSource is the chart in an Application. Argo CD knows a registry by the want of a scheme.
func (c Chart) argoSource(s State) map[string]any {
	return map[string]any{"repoURL": strings.TrimPrefix(c.Repository, ociScheme), "chart": c.Name, "targetRevision": c.Version,
		"helm": map[string]any{"releaseName": s.Release, "valuesObject": valuesOf(s)}}
}

// fluxSource is the object that Flux fetches the chart by, and what the HelmRelease says of it.
func (c Chart) fluxSource(namespace string) (source, reference map[string]any) {
	meta := map[string]any{"name": c.Name, "namespace": namespace}
	if !c.inRegistry() {
		source = map[string]any{"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository", "metadata": meta,
			"spec": map[string]any{"interval": "1h", "url": c.Repository}}
		return source, map[string]any{"chart": map[string]any{"spec": map[string]any{"chart": c.Name, "version": c.Version,
			"sourceRef": map[string]any{"kind": "HelmRepository", "name": c.Name, "namespace": namespace}}}}
	}
	ref := map[string]any{"tag": c.Version}
	if c.Digest != "" {
		ref = map[string]any{"digest": c.Digest}
	}
	source = map[string]any{"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository", "metadata": meta,
		"spec": map[string]any{"interval": "1h", "url": c.Repository + "/" + c.Name, "ref": ref,
			"layerSelector": map[string]any{"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy"}}}
	return source, map[string]any{"chartRef": map[string]any{"kind": "OCIRepository", "name": c.Name, "namespace": namespace}}
}
