package export

import "strings"

// Git is where the exported files are to be found by the tool that deploys them.
type Git struct {
	// URL is the repository's, Path the folder of the export in it, and Revision a branch, tag or commit.
	URL, Path, Revision string
}

func (g Git) below(folder string) string {
	path := strings.Trim(g.Path, "/")
	if path == "" || path == "." {
		return folder
	}
	return path + "/" + folder
}

// Fleet makes one set of Applications for each cluster that Argo CD knows by the label.
type Fleet struct{ Label, Value string }

// Argo CD's own names.
const (
	argoNamespace = "argocd"
	argoVersion   = "argoproj.io/v1alpha1"
	thisCluster   = "https://kubernetes.default.svc"
)

// ArgoCD are two Applications, ESO's chart and the store, or with a fleet two ApplicationSets. Waves order them in an app of apps; elsewhere the
// store is tried again until ESO's definitions and its webhook are there.
func ArgoCD(s State, git Git, fleet *Fleet) ([]File, error) {
	files, err := s.kustomized()
	if err != nil {
		return nil, err
	}
	chart := s.Chart.argoSource(s)
	stores := map[string]any{"repoURL": git.URL, "path": git.below(storesFolder), "targetRevision": git.Revision}
	eso, err := document("argocd/10-external-secrets.yaml", application("external-secrets", "0", s.Namespace, chart, fleet,
		"CreateNamespace=true", "ServerSideApply=true"))
	if err != nil {
		return nil, err
	}
	store, err := document("argocd/20-infisical-stores.yaml", application("infisical-stores", "1", s.Namespace, stores, fleet,
		"ServerSideApply=true", "SkipDryRunOnMissingResource=true"))
	return append(files, eso, store, s.credentials()), err
}

// application is one Application, or a set of them over a fleet.
func application(name, wave, namespace string, source map[string]any, fleet *Fleet, options ...any) map[string]any {
	annotations := map[string]any{"argocd.argoproj.io/sync-wave": wave}
	spec := func(destination map[string]any) map[string]any {
		destination["namespace"] = namespace
		return map[string]any{"project": "default", "source": source, "destination": destination,
			"syncPolicy": map[string]any{"automated": map[string]any{}, "syncOptions": options,
				"retry": map[string]any{"limit": int64(20), "backoff": map[string]any{"duration": "10s", "factor": int64(2), "maxDuration": "3m"}}}}
	}
	if fleet == nil {
		return map[string]any{"apiVersion": argoVersion, "kind": "Application",
			"metadata": map[string]any{"name": name, "namespace": argoNamespace, "annotations": annotations}, "spec": spec(map[string]any{"server": thisCluster})}
	}
	return map[string]any{"apiVersion": argoVersion, "kind": "ApplicationSet", "metadata": map[string]any{"name": name, "namespace": argoNamespace},
		"spec": map[string]any{"goTemplate": true, "goTemplateOptions": []any{"missingkey=error"},
			"generators": []any{map[string]any{"clusters": map[string]any{"selector": map[string]any{"matchLabels": map[string]any{fleet.Label: fleet.Value}}}}},
			"template": map[string]any{"metadata": map[string]any{"name": name + "-{{.nameNormalized}}", "annotations": annotations},
				"spec": spec(map[string]any{"server": "{{.server}}"})}}}
}
