//go:build e2e

package e2e

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
)

const identityName = "eso-archon-platform"

// admin is how the administrator's access is given.
func (s *sandbox) admin() []string { return []string{"--token-file", s.Infisical.AdminTokenFile} }

// createIdentity is the command line from an administrator's token to credentials in the cluster.
func (s *sandbox) createIdentity(more ...string) []string {
	args := append([]string{"identity", "create"}, s.admin()...)
	return append(append(append(args, s.project()...), s.ca()...), more...)
}

// held is a key of the credentials in the cluster.
func held(t *testing.T, s *sandbox, key string) string {
	t.Helper()
	secret, err := s.client(t).Resource(resources["secrets"]).Namespace("external-secrets").Get(t.Context(), "infisical-eso-creds", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	encoded, _, _ := unstructured.NestedString(secret.Object, "data", key)
	value, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

// TestIdentity goes from an administrator's token to a store that is ready, with a server of each age.
func TestIdentity(t *testing.T) {
	for _, era := range []string{"2024", "2026"} {
		t.Run(era, func(t *testing.T) {
			t.Parallel()
			s := start(t, "identity-"+era, "--era", era)
			admin := administer(t, s)
			s.mustRun(t, append([]string{"install"}, s.chart()...)...)
			t.Run("a stranger is not taken", func(t *testing.T) { strangerIsNotTaken(t, s, admin) })
			t.Run("killed, then converges", func(t *testing.T) { createSurvivesKills(t, s, admin) })
			t.Run("from a token to a store", func(t *testing.T) { fromTokenToStore(t, s, admin) })
			if t.Failed() {
				t.FailNow()
			}
			t.Run("renamed", func(t *testing.T) { renamedIsFound(t, s, admin) })
			t.Run("environment only", func(t *testing.T) { environmentOnly(t, s) })
			t.Run("rotation", func(t *testing.T) { rotation(t, s, admin) })
			t.Run("Kubernetes Auth", func(t *testing.T) { kubernetesAuth(t, s) })
			t.Run("delete", func(t *testing.T) {
				s.run(t, append(append([]string{"identity", "delete"}, s.admin()...), s.ca()...)...).expect(t, 2, "--yes")
				s.run(t, append(append([]string{"identity", "delete", "--yes", "-o", "json"}, s.admin()...), s.ca()...)...).expect(t, 0, `"kind": "DeletedIdentity"`, `"name": "`+identityName+`"`, `"outcome": "deleted"`)
				if ids := admin.identities(t, identityName); len(ids) != 0 {
					t.Errorf("it is still there: %v", ids)
				}
			})
		})
	}
}

// createSurvivesKills kills "identity create" at requests that change something, before the server has seen it and after it has done
// it, and lets the next run complete it.
func createSurvivesKills(t *testing.T, s *sandbox, admin *administrator) {
	i := intercept(t, s)
	for name, more := range map[string][]string{"viewer": nil, "environment only": {"--environment-only"}, "Kubernetes Auth": {"--auth", "kubernetes"}} {
		if more != nil && killStep > 1 {
			continue
		}
		// What Kubernetes Auth is attached with names the API server, which is another one through the interceptor.
		more = append(more, "--name", identityName, "--secret", "infisical-eso-creds", "--kubernetes-host", s.apiServer(t))
		args := append(append([]string{"identity", "create", "--host", i.infisicalURL, "--ca-file", i.caFile}, s.admin()...),
			append([]string{"--project", s.Infisical.ProjectSlug, "--environment", s.Infisical.Environment}, more...)...)
		for _, when := range []moment{before, after} {
			s.killCreations(t, admin, i, when, name, args, s.createIdentity(more...))
		}
	}
	forgetIdentity(t, s, admin)
}

// apiServer is the address of the sandbox's API server.
func (s *sandbox) apiServer(t *testing.T) string {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", s.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	return config.Host
}

// killCreations kills args at one request after the other, and lets again complete it.
func (s *sandbox) killCreations(t *testing.T, admin *administrator, i *interceptor, when moment, name string, args, again []string) {
	t.Helper()
	for n := 1; ; n += killStep {
		forgetIdentity(t, s, admin)
		request, killed := i.killAt(t, s, n, when, args...)
		s.mustRun(t, again...)
		if name == "Kubernetes Auth" {
			if ids := admin.identities(t, identityName); len(ids) != 1 || held(t, s, "identityId") != ids[0] {
				t.Errorf("%s, killed %s %s: the identities are %v, the cluster holds %s", name, when, request, ids, held(t, s, "identityId"))
			}
		} else if _, secret := admin.oneOfEach(t, identityName); held(t, s, "clientSecret")[:4] != secret.Prefix {
			t.Errorf("%s, killed %s %s: the cluster holds %s…, live is %s…", name, when, request, held(t, s, "clientSecret")[:4], secret.Prefix)
		}
		s.run(t, again...).expect(t, 0, "unchanged")
		if !killed {
			t.Logf("%s: killed %s one of each %d requests, up to the %dth", name, when, killStep, n-killStep)
			if n < 5 {
				t.Errorf("fewer than %d requests change something, so that something is not intercepted", n)
			}
			return
		}
	}
}

// strangerIsNotTaken meets an identity of the right name that somebody else made and logs in with.
func strangerIsNotTaken(t *testing.T, s *sandbox, admin *administrator) {
	defer forgetIdentity(t, s, admin)
	var made struct{ Identity struct{ ID string } }
	admin.call(t, http.MethodPost, "/api/v1/identities", map[string]any{"name": identityName, "organizationId": s.Infisical.OrgID, "role": "no-access"}, &made)
	id := made.Identity.ID
	var ignored map[string]any
	admin.call(t, http.MethodPost, "/api/v1/auth/universal-auth/identities/"+id, map[string]any{}, &ignored)
	admin.call(t, http.MethodPost, "/api/v1/auth/universal-auth/identities/"+id+"/client-secrets", map[string]any{"description": "theirs"}, &ignored)
	s.run(t, s.createIdentity()...).expect(t, 1, "EI328", "--identity-id "+id)
	s.run(t, append(append(append([]string{"identity", "delete", "--yes"}, s.admin()...), s.project()...), s.ca()...)...).expect(t, 1, "EI328")
	if live := admin.liveSecrets(t, id); len(live) != 1 {
		t.Errorf("it has %d client secrets", len(live))
	}
	gone(t, s.client(t), "secrets", "external-secrets", "infisical-eso-creds")
	s.run(t, s.createIdentity("--identity-id", id)...).expect(t, 0, "added to project")
	s.addCanary(t, held(t, s, "clientSecret"))
	s.run(t, s.createIdentity()...).expect(t, 0, "unchanged")
	if live := admin.liveSecrets(t, id); len(live) != 2 || live[0].Description != "theirs" && live[1].Description != "theirs" {
		t.Errorf("its client secrets are %+v", live)
	}
}

// renamedIsFound renames the identity in Infisical.
func renamedIsFound(t *testing.T, s *sandbox, admin *administrator) {
	id, _ := admin.oneOfEach(t, identityName)
	rename := func(name string) {
		var ignored map[string]any
		admin.call(t, http.MethodPatch, "/api/v1/identities/"+id, map[string]any{"name": name}, &ignored)
	}
	rename("kubernetes-production")
	defer rename(identityName)
	s.run(t, s.createIdentity()...).expect(t, 0, "unchanged", "is called kubernetes-production")
	s.run(t, s.rotate()...).expect(t, 0, "is revoked")
	s.addCanary(t, held(t, s, "clientSecret"))
	s.run(t, s.createIdentity()...).expect(t, 0, "unchanged")
	if ids := admin.identities(t, identityName); len(ids) != 0 {
		t.Errorf("a second identity was made: %v", ids)
	}
	admin.oneOfEach(t, "kubernetes-production")
}

// forgetIdentity removes the identity and its credentials, if they are there.
func forgetIdentity(t *testing.T, s *sandbox, admin *administrator) {
	t.Helper()
	for _, id := range admin.identities(t, identityName) {
		var out map[string]any
		admin.call(t, http.MethodDelete, "/api/v1/identities/"+id, nil, &out)
	}
	err := s.client(t).Resource(resources["secrets"]).Namespace("external-secrets").Delete(t.Context(), "infisical-eso-creds", metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
}

func fromTokenToStore(t *testing.T, s *sandbox, admin *administrator) {
	created := s.run(t, s.createIdentity("-v=9")...)
	created.expect(t, 0, "identity/"+identityName)
	s.addCanary(t, held(t, s, "clientSecret"))
	s.searched(t, created, "identity create")
	s.run(t, append([]string{"apply-ca"}, s.ca()...)...).expect(t, 0, "created")
	s.run(t, append([]string{"apply-store"}, s.project()...)...).expect(t, 0, "ready, https://")
	s.run(t, "test", "--key", s.Infisical.Key).expect(t, 0, "keyed hashes are equal")

	before := versions(t, s.client(t))
	r := s.run(t, s.createIdentity("-v=9")...)
	r.expect(t, 0, "unchanged", "is valid and stays")
	if diff := cmp.Diff(before, versions(t, s.client(t))); diff != "" {
		t.Errorf("the second run changes the cluster:\n%s", diff)
	}
	_, secret := admin.oneOfEach(t, identityName)
	s.run(t, append([]string{"identity", "show"}, s.admin()...)...).expect(t, 0, identityName, "viewer", secret.Prefix+"…", "24h0m0s, at most 720h0m0s")
	s.run(t, append([]string{"identity", "show", "-o", "json"}, s.admin()...)...).expect(t, 0, `"kind": "MachineIdentity"`)
	// The one flag that shows it.
	printed := s.prepare(t.Context(), s.createIdentity("--print-client-secret")...)
	printed.s = &sandbox{}
	if err := printed.Start(); err != nil {
		t.Fatal(err)
	}
	printed.finish(t).expect(t, 0, "client secret: "+held(t, s, "clientSecret"))
}

// environmentOnly makes a second identity that may read prod alone, with credentials in a Secret of their own.
func environmentOnly(t *testing.T, s *sandbox) {
	args := s.createIdentity("--environment-only", "--name", "eso-prod-only", "--secret", "prod-only")
	s.run(t, args...).expect(t, 0, "may read environment prod")
	s.run(t, args...).expect(t, 0, "unchanged")
	s.run(t, "apply-store", "--store", "prod-only", "--secret", "prod-only", "--host", s.Infisical.URL, "--project", s.Infisical.ProjectSlug).expect(t, 0, "ready")
	dev := s.run(t, "apply-store", "--store", "prod-only", "--environment", "dev")
	if dev.code == 0 {
		// Newer servers answer with an empty list, so that ESO calls the store ready.
		s.run(t, "test", "--store", "prod-only", "--key", s.Infisical.Key).expect(t, 1)
	}
	s.run(t, "apply-store", "--store", "prod-only", "--environment", "prod").expect(t, 0, "ready")
	all := s.run(t, s.rotate("--all-stores")...)
	all.expect(t, 0, "secret/prod-only rotated", "secret/infisical-eso-creds rotated")
	s.addCanary(t, held(t, s, "clientSecret"))
	client := s.client(t)
	if err := client.Resource(resources["clustersecretstores"]).Delete(t.Context(), "prod-only", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

// kubernetesAuth makes an identity that needs no client secret.
func kubernetesAuth(t *testing.T, s *sandbox) {
	args := s.createIdentity("--auth", "kubernetes", "--name", "eso-kubernetes", "--secret", "kubernetes-identity")
	s.run(t, args...).expect(t, 0, "Kubernetes Auth attached")
	s.run(t, args...).expect(t, 0, "unchanged")
	s.run(t, "apply-store", "--store", "kubernetes", "--auth", "kubernetes", "--secret", "kubernetes-identity", "--host", s.Infisical.URL,
		"--project", s.Infisical.ProjectSlug).expect(t, 0, "ready")
	s.run(t, "test", "--store", "kubernetes", "--key", s.Infisical.Key).expect(t, 0, "keyed hashes are equal")
	if err := s.client(t).Resource(resources["clustersecretstores"]).Delete(t.Context(), "kubernetes", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}
