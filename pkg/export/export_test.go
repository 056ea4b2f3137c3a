package export

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

func object(kind, name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": name}}}
}

func state() State {
	return State{Namespace: "external-secrets", Release: "eso", Chart: Chart{Repository: "https://charts.example.com", Name: "external-secrets", Version: "2.4.1"},
		Values: map[string]any{"replicaCount": int64(2)}, Authorities: []*unstructured.Unstructured{object("ConfigMap", "infisical-ca")},
		Stores: []*unstructured.Unstructured{object("ClusterSecretStore", "infisical-p")}, Secrets: []Reference{{"external-secrets", "infisical-eso-creds"}}}
}

func TestSeveralStores(t *testing.T) {
	s := state()
	s.Add(object("ClusterSecretStore", "infisical-q"), object("ConfigMap", "infisical-ca"), Reference{"external-secrets", "infisical-eso-creds"})
	s.Add(object("SecretStore", "infisical-r"), object("Secret", "infisical-ca"), Reference{"team-a", "mine"})
	s.Add(object("ClusterSecretStore", "public"), nil, Reference{"external-secrets", "infisical-eso-creds"})
	if len(s.Authorities) != 2 || len(s.Secrets) != 2 || len(s.Stores) != 4 {
		t.Errorf("%+v", s)
	}
	for form := range forms {
		files := written(t, form, s)
		all, found := objects(t, files), 0
		for name := range all {
			if strings.Contains(name, "SecretStore/") {
				found++
			}
		}
		if found != 4 || strings.Count(files[credentialsFile], "kubectl eso-infisical bootstrap") != 2 {
			t.Errorf("%s: %d stores\n%s", form, found, files[credentialsFile])
		}
	}
}

var git = Git{URL: "https://git.example.com/platform.git", Path: "/clusters/prod/", Revision: "main"}

// forms are all ways to write the state.
var forms = map[string]func(State) ([]File, error){
	"plain":     Plain,
	"kustomize": Kustomize,
	"argocd":    func(s State) ([]File, error) { return ArgoCD(s, git, nil) },
	"fleet":     func(s State) ([]File, error) { return ArgoCD(s, git, &Fleet{"secrets", "infisical"}) },
	"flux":      func(s State) ([]File, error) { return Flux(s, git, "platform") },
}

func written(t *testing.T, form string, s State) map[string]string {
	t.Helper()
	files, err := forms[form](s)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files {
		if _, twice := all[f.Path]; twice || strings.HasPrefix(f.Path, "/") {
			t.Errorf("%s: %s", form, f.Path)
		}
		all[f.Path] = string(f.Content)
	}
	return all
}

// objects reads all documents of the files.
func objects(t *testing.T, files map[string]string) map[string]*unstructured.Unstructured {
	t.Helper()
	all := map[string]*unstructured.Unstructured{}
	for path, content := range files {
		if !strings.HasSuffix(path, ".yaml") {
			continue
		}
		decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(content)), 4096)
		for {
			obj := &unstructured.Unstructured{}
			if err := decoder.Decode(&obj.Object); err != nil {
				break
			}
			all[path+" "+obj.GetKind()+"/"+obj.GetName()] = obj
		}
	}
	return all
}

func text(t *testing.T, obj *unstructured.Unstructured, path ...string) string {
	t.Helper()
	if obj == nil {
		t.Fatalf("no object with %v", path)
	}
	s, _, err := unstructured.NestedString(obj.Object, path...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNoFormHoldsTheCredentials(t *testing.T) {
	for form := range forms {
		files := written(t, form, state())
		for name, obj := range objects(t, files) {
			if obj.GetKind() == "Secret" {
				t.Errorf("%s: %s", form, name)
			}
		}
		if advice := files[credentialsFile]; !strings.Contains(advice, "kubectl eso-infisical bootstrap --namespace external-secrets --secret infisical-eso-creds") {
			t.Errorf("%s does not say how the credentials come: %s", form, advice)
		}
	}
}

func TestEveryFormHoldsTheObjectsAsTheyAre(t *testing.T) {
	for form := range forms {
		all := objects(t, written(t, form, state()))
		for _, want := range []*unstructured.Unstructured{state().Authorities[0], state().Stores[0]} {
			found := false
			for _, obj := range all {
				found = found || obj.GetKind() == want.GetKind() && obj.GetName() == want.GetName() && len(obj.Object) == len(want.Object)
			}
			if !found {
				t.Errorf("%s lacks %s", form, want.GetKind())
			}
		}
	}
}

func TestWithoutACAThereIsNoFileForIt(t *testing.T) {
	s := state()
	s.Authorities = nil
	for form := range forms {
		for path, content := range written(t, form, s) {
			if strings.Contains(path, "10-ca") || strings.HasSuffix(path, ".yaml") && strings.Contains(content, "10-ca.yaml") {
				t.Errorf("%s: %s", form, path)
			}
		}
	}
}

func TestTheSameStateIsTheSameBytes(t *testing.T) {
	for form := range forms {
		first, again := written(t, form, state()), written(t, form, state())
		for path := range first {
			if first[path] != again[path] {
				t.Errorf("%s: %s differs", form, path)
			}
		}
	}
}

func TestPlainIsNumberedAndSaysTheOrder(t *testing.T) {
	files := written(t, "plain", state())
	for _, want := range []string{"10-ca.yaml", "20-store.yaml", "helm/values.yaml"} {
		if files[want] == "" {
			t.Errorf("%s is missing", want)
		}
	}
	for path, content := range files {
		// kubectl apply -f takes every one of these as an object.
		if strings.HasSuffix(path, ".yaml") && !strings.Contains(path, "/") && !strings.Contains(content, "kind: ") {
			t.Errorf("%s is no manifest", path)
		}
	}
	if !strings.Contains(files["INSTALL.md"], "helm upgrade --install eso external-secrets --repo https://charts.example.com --version 2.4.1") {
		t.Error(files["INSTALL.md"])
	}
}

func TestArgoCDSyncsTheStoreAfterESO(t *testing.T) {
	all := objects(t, written(t, "argocd", state()))
	eso, stores := all["argocd/10-external-secrets.yaml Application/external-secrets"], all["argocd/20-infisical-stores.yaml Application/infisical-stores"]
	if a, b := eso.GetAnnotations()["argocd.argoproj.io/sync-wave"], stores.GetAnnotations()["argocd.argoproj.io/sync-wave"]; a >= b {
		t.Errorf("waves %s and %s", a, b)
	}
	if text(t, eso, "spec", "source", "targetRevision") != "2.4.1" || text(t, eso, "spec", "source", "helm", "releaseName") != "eso" {
		t.Errorf("%v", eso.Object["spec"])
	}
	if text(t, stores, "spec", "source", "path") != "clusters/prod/stores" || text(t, stores, "spec", "source", "repoURL") != git.URL {
		t.Errorf("%v", stores.Object["spec"])
	}
	options, _, _ := unstructured.NestedStringSlice(stores.Object, "spec", "syncPolicy", "syncOptions")
	if !slices.Contains(options, "SkipDryRunOnMissingResource=true") || !slices.Contains(options, "ServerSideApply=true") {
		t.Errorf("%v", options)
	}
}

func TestAFleetIsChosenByItsLabel(t *testing.T) {
	all := objects(t, written(t, "fleet", state()))
	for _, name := range []string{"argocd/10-external-secrets.yaml ApplicationSet/external-secrets", "argocd/20-infisical-stores.yaml ApplicationSet/infisical-stores"} {
		set := all[name]
		if set == nil {
			t.Fatalf("no %s", name)
		}
		generators, _, _ := unstructured.NestedSlice(set.Object, "spec", "generators")
		labels, _, _ := unstructured.NestedStringMap(generators[0].(map[string]any), "clusters", "selector", "matchLabels")
		if labels["secrets"] != "infisical" || text(t, set, "spec", "template", "spec", "destination", "server") != "{{.server}}" {
			t.Errorf("%v", set.Object["spec"])
		}
	}
}

func TestFluxAppliesTheStoreAfterESO(t *testing.T) {
	all := objects(t, written(t, "flux", state()))
	stores := all["flux/20-infisical-stores.yaml Kustomization/infisical-stores"]
	depends, _, _ := unstructured.NestedSlice(stores.Object, "spec", "dependsOn")
	if len(depends) != 1 || depends[0].(map[string]any)["name"] != "external-secrets" || text(t, stores, "spec", "path") != "./clusters/prod/stores" {
		t.Errorf("%v", stores.Object["spec"])
	}
	eso := all["flux/10-external-secrets.yaml Kustomization/external-secrets"]
	if wait, _, _ := unstructured.NestedBool(eso.Object, "spec", "wait"); !wait || text(t, eso, "spec", "sourceRef", "name") != "platform" {
		t.Errorf("%v", eso.Object["spec"])
	}
	release := all["eso/external-secrets.yaml HelmRelease/eso"]
	if text(t, release, "spec", "chart", "spec", "version") != "2.4.1" || text(t, release, "spec", "install", "crds") != "CreateReplace" {
		t.Errorf("%v", release.Object["spec"])
	}
	if all["eso/external-secrets.yaml Namespace/external-secrets"] == nil || all["eso/external-secrets.yaml HelmRepository/external-secrets"] == nil {
		t.Error("the namespace or the repository is missing")
	}
}

func TestPathsBelowTheRepository(t *testing.T) {
	for path, want := range map[string]string{"": "stores", ".": "stores", "/": "stores", "a": "a/stores", "a/b/": "a/b/stores"} {
		if got := (Git{Path: path}).below("stores"); got != want {
			t.Errorf("%q: %q", path, got)
		}
	}
}

func TestDoctorCronJob(t *testing.T) {
	role := &rbacv1.ClusterRole{TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole"}, ObjectMeta: metav1.ObjectMeta{Name: "doctor"}}
	files, err := DoctorCronJob(Doctor{Namespace: "monitoring", Name: "doctor", Image: "example.com/i@sha256:0", Schedule: "@hourly", ESONamespace: "eso", RBAC: []runtime.Object{role}})
	if err != nil {
		t.Fatal(err)
	}
	content := string(files[0].Content)
	for _, want := range []string{"kind: ServiceAccount", "kind: ClusterRole", "kind: CronJob", "image: example.com/i@sha256:0", "schedule: '@hourly'", "- eso\n", "runAsNonRoot: true",
		"readOnlyRootFilesystem: true", "serviceAccountName: doctor", "namespace: monitoring", "concurrencyPolicy: Forbid"} {
		if !strings.Contains(content, want) {
			t.Errorf("%q is missing in\n%s", want, content)
		}
	}
	for _, noise := range []string{"creationTimestamp", "status:", "resources: {}"} {
		if strings.Contains(content, noise) {
			t.Errorf("%q is in\n%s", noise, content)
		}
	}
}
