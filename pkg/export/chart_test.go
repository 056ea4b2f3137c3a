package export

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// registered is a state whose chart is in a registry.
func registered(digest string) State {
	s := state()
	s.Chart = Chart{Repository: "oci://registry.example.com/charts", Name: "external-secrets", Version: "2.4.1", Digest: digest}
	return s
}

func TestAChartOfARegistry(t *testing.T) {
	s := registered("")
	eso := objects(t, written(t, "argocd", s))["argocd/10-external-secrets.yaml Application/external-secrets"]
	if url, chart := text(t, eso, "spec", "source", "repoURL"), text(t, eso, "spec", "source", "chart"); url != "registry.example.com/charts" || chart != "external-secrets" {
		t.Errorf("Argo CD: %s, %s", url, chart)
	}
	flux := objects(t, written(t, "flux", s))
	source, release := flux["eso/external-secrets.yaml OCIRepository/external-secrets"], flux["eso/external-secrets.yaml HelmRelease/eso"]
	if text(t, source, "spec", "url") != "oci://registry.example.com/charts/external-secrets" || text(t, source, "spec", "ref", "tag") != "2.4.1" {
		t.Errorf("%v", source.Object["spec"])
	}
	if _, both, _ := unstructured.NestedMap(release.Object, "spec", "chart"); both || text(t, release, "spec", "chartRef", "kind") != "OCIRepository" {
		t.Errorf("%v", release.Object["spec"])
	}
	kustomization := written(t, "kustomize", s)["eso/kustomization.yaml"]
	if !strings.Contains(kustomization, "repo: oci://registry.example.com/charts\n") {
		t.Error(kustomization)
	}
	if install := written(t, "plain", s)["INSTALL.md"]; !strings.Contains(install, "helm upgrade --install eso oci://registry.example.com/charts/external-secrets --version 2.4.1 ") {
		t.Error(install)
	}
}

func TestAChartByItsDigest(t *testing.T) {
	s := registered("sha256:0")
	source := objects(t, written(t, "flux", s))["eso/external-secrets.yaml OCIRepository/external-secrets"]
	if _, tagged, _ := unstructured.NestedString(source.Object, "spec", "ref", "tag"); tagged || text(t, source, "spec", "ref", "digest") != "sha256:0" {
		t.Errorf("%v", source.Object["spec"])
	}
	if install := written(t, "plain", s)["INSTALL.md"]; !strings.Contains(install, "helm upgrade --install eso oci://registry.example.com/charts/external-secrets@sha256:0 ") {
		t.Error(install)
	}
}
