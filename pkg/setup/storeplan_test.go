package setup

import (
	"errors"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// withoutWriting fails the test if something is written, but for dry runs.
func (c *cluster) withoutWriting(t *testing.T) {
	t.Helper()
	for _, action := range c.dynamic.Actions() {
		patch, isPatch := action.(clienttesting.PatchActionImpl)
		if verb := action.GetVerb(); verb != "get" && verb != "list" && (!isPatch || len(patch.PatchOptions.DryRun) == 0) {
			t.Errorf("asked to %s %s", verb, action.GetResource().Resource)
		}
	}
}

func TestAStoreIsNotWrittenWithoutTheRights(t *testing.T) {
	c := withStore(t, "True")
	c.typed.PrependReactor("create", "selfsubjectaccessreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &authorizationv1.SelfSubjectAccessReview{}, nil
	})
	_, err := c.ApplyStore(t.Context())
	var denied *kube.DeniedError
	if !errors.As(err, &denied) || !strings.Contains(err.Error(), "patch clustersecretstores.external-secrets.io infisical-p") || strings.Contains(err.Error(), "create") {
		t.Errorf("error = %v", err)
	}
	c.withoutWriting(t)
}

// withoutCA makes the CRD one that knows no caProvider.
func withoutCA(t *testing.T, c *cluster) {
	t.Helper()
	crd := anyFields("clustersecretstores")
	known := map[string]any{"properties": map[string]any{}}
	for _, field := range []string{"hostAPI", "auth", "secretsScope"} {
		known["properties"].(map[string]any)[field] = map[string]any{"x-kubernetes-preserve-unknown-fields": true}
	}
	version := crd.Object["spec"].(map[string]any)["versions"].([]any)[0].(map[string]any)
	version["schema"] = map[string]any{"openAPIV3Schema": map[string]any{"properties": map[string]any{"spec": map[string]any{"properties": map[string]any{
		"provider": map[string]any{"properties": map[string]any{"infisical": known}}}}}}}
	gvr := clustertest.CRDs
	if err := c.dynamic.Tracker().Update(gvr, crd, ""); err != nil {
		t.Fatal(err)
	}
}

func TestAFieldThatTheCRDLacksIsNotPruned(t *testing.T) {
	c := withStore(t, "True")
	c.Desired.CA = eso.CASource{Reference: eso.Reference{Name: "infisical-ca"}}
	withoutCA(t, c)
	if _, err := c.ApplyStore(t.Context()); codeOf(err) != "EI705" || !strings.Contains(err.Error(), "1.2.1") {
		t.Errorf("error = %v", err)
	}
	c.withoutWriting(t)
	c.Desired.CA, c.Desired.StoreOptions.NoCA = eso.CASource{}, true
	if _, err := c.PreviewStore(t.Context(), true); err != nil {
		t.Errorf("without a CA: %v", err)
	}
}

func TestWhoMayNotReadTheCRDTries(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(applied *unstructured.Unstructured) (runtime.Object, error)
	}{
		{"refused", func(*unstructured.Unstructured) (runtime.Object, error) {
			return nil, errors.New(".spec.provider.infisical.caProvider: field not declared in schema")
		}},
		{"pruned", func(applied *unstructured.Unstructured) (runtime.Object, error) {
			unstructured.RemoveNestedField(applied.Object, "spec", "provider", "infisical", "caProvider")
			return applied, nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := withStore(t, "True")
			c.Desired.CA = eso.CASource{Reference: eso.Reference{Name: "infisical-ca"}}
			clustertest.Refuse(&c.dynamic.Fake, "get", "customresourcedefinitions", clustertest.Forbidden("customresourcedefinitions"))
			c.dynamic.PrependReactor("patch", "clustersecretstores", func(action clienttesting.Action) (bool, runtime.Object, error) {
				applied := &unstructured.Unstructured{}
				if err := applied.UnmarshalJSON(action.(clienttesting.PatchActionImpl).Patch); err != nil {
					return true, nil, err
				}
				obj, err := tt.answer(applied)
				return true, obj, err
			})
			if _, err := c.ApplyStore(t.Context()); codeOf(err) != "EI705" {
				t.Errorf("error = %v", err)
			}
			c.withoutWriting(t)
		})
	}
}

func TestAStoreThatOthersKeepIsNotFoughtOver(t *testing.T) {
	c := withValidStore(t, "True")
	held, err := c.dynamic.Resource(eso.ClusterSecretStores).Get(t.Context(), "infisical-p", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	held.SetAnnotations(map[string]string{"argocd.argoproj.io/tracking-id": "x", "eso-infisical.dev/inputs": inputsOf("7")})
	if err := c.dynamic.Tracker().Update(eso.ClusterSecretStores, held, ""); err != nil {
		t.Fatal(err)
	}
	if result, err := c.ApplyStore(t.Context()); err != nil || result.Outcome != kube.Unchanged {
		t.Errorf("as it is wanted: %+v, %v", result, err)
	}
	c.withoutWriting(t)
	c.Desired.Environment, c.Desired.ForceConflicts = "dev", true
	if _, err := c.ApplyStore(t.Context()); codeOf(err) != "EI706" || !strings.Contains(err.Error(), "Argo CD") || !strings.Contains(err.Error(), "environmentSlug") {
		t.Errorf("error = %v", err)
	}
	c.withoutWriting(t)
}

func TestPreviewOfAStore(t *testing.T) {
	for _, server := range []bool{false, true} {
		c := withStore(t, "True")
		if result, err := c.PreviewStore(t.Context(), server); err != nil || result.Outcome != kube.Unchanged || result.Changes != "" {
			t.Errorf("server %t, nothing to change: %+v, %v", server, result, err)
		}
		c.Desired.Path = "/other"
		result, err := c.PreviewStore(t.Context(), server)
		if err != nil || result.Outcome != kube.Changed || !strings.Contains(result.Changes, "+        secretsPath: /other") || strings.HasPrefix(result.Detail, "ready") {
			t.Errorf("server %t: %+v, %v", server, result, err)
		}
		c.withoutWriting(t)
	}
}

func TestWhatIsNotGivenStaysAsTheStoreHasIt(t *testing.T) {
	on, off := true, false
	limited := store("p")
	limited.Recursive, limited.NoExpand, limited.Organization = true, true, "org"
	limited.Conditions = []any{map[string]any{"namespaceRegexes": []any{"team-.*"}}}
	tests := []struct {
		name  string
		given StoreOptions
		want  func(*eso.Store)
	}{
		{"nothing", StoreOptions{}, func(*eso.Store) {}},
		{"switched off", StoreOptions{Recursive: &off, Expand: &on}, func(s *eso.Store) { s.Recursive, s.NoExpand = false, false }},
		{"another limit", StoreOptions{Access: &Access{Namespaces: []string{"a"}}}, func(s *eso.Store) { s.Conditions, s.Namespaces = nil, []string{"a"} }},
		{"open again", StoreOptions{Access: &Access{}}, func(s *eso.Store) { s.Conditions = []any{} }},
	}
	for _, tt := range tests {
		c := newCluster(limited.Object())
		if err := c.Remember(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.Desired.StoreOptions = tt.given
		got, err := c.desiredStore(t.Context(), limited.Object())
		want := limited
		want.Auth = got.Auth
		tt.want(&want)
		if err != nil || got.Object().GetName() != want.Name || !sameSpec(got, want) {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
}

func sameSpec(a, b eso.Store) bool {
	var differing []string
	compareFields(a.Object().Object["spec"], b.Object().Object["spec"], "spec", &differing)
	compareFields(b.Object().Object["spec"], a.Object().Object["spec"], "spec", &differing)
	return len(differing) == 0
}

func TestAnOpenStoreIsNamedAsSuch(t *testing.T) {
	c := withValidStore(t, "True")
	result, err := c.ApplyStore(t.Context())
	if err != nil || len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "every namespace may use ClusterSecretStore infisical-p") {
		t.Errorf("got %+v, %v", result, err)
	}
	c.Desired.StoreOptions.Access = &Access{Namespaces: []string{"a"}}
	if result, err := c.PreviewStore(t.Context(), false); err != nil || len(result.Notes) != 0 {
		t.Errorf("a limited one: %+v, %v", result.Notes, err)
	}
}

func TestNobodyLogsInWhereThatWouldBeRefused(t *testing.T) {
	const refused = `[status-code=401] [message="Invalid credentials"]`
	const locked = `[status-code=401] [message="This identity auth method is temporarily locked, please try again later"]`
	tests := []struct {
		name, text, version, at string
		unsure                  bool
	}{
		{"the same pair was refused", refused, "7", "2026-01-01T00:00:00Z", true},
		{"another pair was refused", refused, "6", "2026-01-01T00:00:00Z", false},
		{"locked a moment ago", locked, "6", "now", true},
		{"locked long ago", locked, "6", "2026-01-01T00:00:00Z", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := withStore(t, "False")
			held, err := c.dynamic.Resource(eso.ClusterSecretStores).Get(t.Context(), "infisical-p", metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			held.SetAnnotations(map[string]string{"eso-infisical.dev/inputs": inputsOf(tt.version)})
			event := clustertest.Object(t, `{apiVersion: v1, kind: Event, metadata: {name: e, namespace: default}, reason: InvalidProviderConfig}`)
			event.Object["message"], event.Object["lastTimestamp"] = tt.text, tt.at
			if tt.at == "now" {
				event.Object["lastTimestamp"] = metav1.Now().UTC().Format("2006-01-02T15:04:05Z")
			}
			if err := errors.Join(c.dynamic.Tracker().Update(eso.ClusterSecretStores, held, ""), c.dynamic.Tracker().Add(event)); err != nil {
				t.Fatal(err)
			}
			c.Desired.Verify = verify.Local
			desired, err := c.desiredStore(t.Context(), held)
			if err != nil {
				t.Fatal(err)
			}
			_, why := c.knownRefusal(t.Context(), desired)
			if (why.Code != "") != tt.unsure {
				t.Fatalf("got %+v", why)
			}
			_, err = c.checkPlace(t.Context(), desired)
			var unsure *verify.UnsureError
			if tt.unsure && (!errors.As(err, &unsure) || !strings.Contains(err.Error(), "no login from here")) {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func TestFindStore(t *testing.T) {
	vain := store("vain").Object()
	tests := []struct {
		name    string
		held    []runtime.Object
		store   string
		want    string
		problem string
	}{
		{"the only one", []runtime.Object{store("p").Object()}, "", "infisical-p", ""},
		{"named", nil, "x", "x", ""},
		{"none", nil, "", "", "apply-store"},
		{"several", []runtime.Object{clustertest.Ready(store("p").Object(), "True"), vain}, "", "", "infisical-p (ready), infisical-vain (not ready; if it was made by mistake: kubectl delete clustersecretstore infisical-vain); say which one with --store"},
	}
	for _, tt := range tests {
		c := newCluster(tt.held...)
		c.Desired.Store = tt.store
		d, err := c.FindStore(t.Context())
		if tt.problem == "" && (err != nil || d.Store != tt.want) || tt.problem != "" && (err == nil || !strings.Contains(problemOf(err), tt.problem)) {
			t.Errorf("%s: %q, %v", tt.name, d.Store, err)
		}
		if strings.Contains(problemOf(err), "--host") || strings.Contains(problemOf(err), "--project") {
			t.Errorf("%s: names a flag that the command does not have: %v", tt.name, err)
		}
	}
}
