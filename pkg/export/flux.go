package export

import "maps"

// fluxNamespace is where Flux's own objects are.
const fluxNamespace = "flux-system"

// fluxInterval is how often Flux compares.
const fluxInterval = "10m"

// Flux are a HelmRepository, or an OCIRepository, and a HelmRelease for ESO, and two Kustomizations of which the store's waits for ESO's. source is the name of the
// GitRepository in which the files are.
func Flux(s State, git Git, source string) ([]File, error) {
	files, err := s.kustomized()
	if err != nil {
		return nil, err
	}
	remedy := map[string]any{"remediation": map[string]any{"retries": int64(3)}, "crds": "CreateReplace"}
	chart, spec := s.Chart.fluxSource(s.Namespace)
	maps.Copy(spec, map[string]any{"interval": fluxInterval, "releaseName": s.Release, "values": valuesOf(s), "install": remedy, "upgrade": remedy})
	release := map[string]any{"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
		"metadata": map[string]any{"name": s.Release, "namespace": s.Namespace}, "spec": spec}
	for _, one := range []struct {
		path    string
		objects []map[string]any
	}{
		{esoFolder + "/external-secrets.yaml", []map[string]any{namespaceOf(s.Namespace), chart, release}},
		{esoFolder + "/" + kustomization, []map[string]any{{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": []any{"external-secrets.yaml"}}}},
		{"flux/10-external-secrets.yaml", []map[string]any{fluxKustomization("external-secrets", git.below(esoFolder), source)}},
		{"flux/20-infisical-stores.yaml", []map[string]any{fluxKustomization("infisical-stores", git.below(storesFolder), source, "external-secrets")}},
	} {
		file, err := document(one.path, one.objects...)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return append(files, s.credentials()), nil
}

// fluxKustomization applies a folder, when those that it depends on are ready.
func fluxKustomization(name, path, source string, after ...string) map[string]any {
	spec := map[string]any{"interval": fluxInterval, "retryInterval": "1m", "timeout": "5m", "wait": true, "prune": false, "path": "./" + path,
		"sourceRef": map[string]any{"kind": "GitRepository", "name": source}}
	var depends []any
	for _, name := range after {
		depends = append(depends, map[string]any{"name": name})
	}
	if len(depends) > 0 {
		spec["dependsOn"] = depends
	}
	return map[string]any{"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
		"metadata": map[string]any{"name": name, "namespace": fluxNamespace}, "spec": spec}
}
