package infisical

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recording is a session whose server answers everything as the named recording of a server of 2024.
func recording(t *testing.T, name string) *Session {
	t.Helper()
	for _, p := range contract(t, "2024") {
		if p.Case == name {
			return serve(t, map[string]http.HandlerFunc{"/": p.replay}).WithToken(canary)
		}
	}
	t.Fatalf("there is no recording %s", name)
	return nil
}

// same compares what was read, of which err says whether it was.
func same(t *testing.T, want, got any, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const month = 30 * 24 * time.Hour

func TestReadingProjectAndIdentityOf2024(t *testing.T) {
	project, err := recording(t, "project-get-by-slug-viewer").Project(t.Context(), "peer-project")
	same(t, Project{ID: "<projectId>", Slug: "peer-project", Name: "Peer Project", OrganizationID: "<orgId>", Environments: []Environment{
		{"<envId:dev>", "Development", "dev"}, {"<envId:staging>", "Staging", "staging"}, {"<envId:prod>", "Production", "prod"}}}, project, err)

	identity, err := recording(t, "identity-get-ok").Identity(t.Context(), "i")
	same(t, Identity{ID: "<newIdentityId>", Name: "contract-140326", OrganizationID: "<orgId>", Metadata: map[string]string{}}, identity, err)

	made, err := recording(t, "identity-create-ok").CreateIdentity(t.Context(), NewIdentity{Name: "contract-140326", OrganizationID: "o"})
	same(t, Identity{ID: "<uuid-1>", Name: "contract-140326", Metadata: map[string]string{}}, made, err)
}

func TestReadingUniversalAuthOf2024(t *testing.T) {
	everywhere := []string{"0.0.0.0/0", "::/0"}
	config, attached, err := recording(t, "ua-get-ok").UniversalAuthConfig(t.Context(), "i")
	same(t, UniversalAuthConfig{ClientID: "<newClientId>", AccessTokenTTL: month, AccessTokenMaxTTL: month, TrustedIPs: everywhere}, config, err)
	if !attached {
		t.Error("not attached")
	}

	created := time.Date(2026, 11, 23, 14, 4, 32, 270e6, time.UTC)
	secret, value, err := recording(t, "ua-client-secret-create-ok").CreateClientSecret(t.Context(), "i", "contract", time.Hour)
	want := ClientSecret{ID: "<uuid-1>", Prefix: "eb7e", Description: "contract", UsesLimit: 5, TTL: time.Hour, Created: created}
	same(t, want, secret, err)
	if value != "<clientSecret>" {
		t.Errorf("value %q", value)
	}
	if end, set := secret.Expires(); !set || !end.Equal(created.Add(time.Hour)) {
		t.Errorf("expires %v, %t", end, set)
	}

	secrets, err := recording(t, "ua-client-secret-list").ClientSecrets(t.Context(), "i")
	if err != nil || len(secrets) != 2 || secrets[0].ID != "<clientSecretId>" || secrets[1].Prefix != "a814" {
		t.Fatalf("got %+v, %v", secrets, err)
	}
	if _, set := secrets[1].Expires(); set {
		t.Error("a secret without TTL expires")
	}
	if err := recording(t, "ua-client-secret-revoke-ok").RevokeClientSecret(t.Context(), "i", "s"); err != nil {
		t.Error(err)
	}
}

func TestReadingMembershipAndKubernetesAuthOf2024(t *testing.T) {
	m, member, err := recording(t, "membership-get-ok").Membership(t.Context(), "p", "i")
	same(t, Membership{IdentityID: "i", ProjectID: "p", Roles: []string{"viewer"}}, m, err)
	if !member {
		t.Error("no member")
	}
	if err := recording(t, "membership-add-roles-array").AddMembership(t.Context(), "p", "i", "viewer"); err != nil {
		t.Error(err)
	}

	auth, attached, err := recording(t, "k8s-get-ok").KubernetesAuthConfig(t.Context(), "i")
	same(t, KubernetesAuth{Host: "https://127.0.0.1:8446", CACert: "<caCertPem>", AllowedNames: []string{"traefik"},
		AllowedNamespaces: []string{"default", "traefik"}, TokenTTL: month, TokenMaxTTL: month}, auth, err)
	if !attached {
		t.Error("not attached")
	}
	if err := recording(t, "k8s-update-audience").UpdateKubernetesAuth(t.Context(), "i", auth); err != nil {
		t.Error(err)
	}
	if err := recording(t, "k8s-delete-ok").DetachKubernetesAuth(t.Context(), "i"); err != nil {
		t.Error(err)
	}
}

func TestLoginAndSecretsOf2024(t *testing.T) {
	session, err := recording(t, "ua-login-ok").client.Login(t.Context(), UniversalAuth{"id", "secret"})
	if err != nil || session.token != "<accessToken>" {
		t.Errorf("universal auth: %v", err)
	}
	if _, err := recording(t, "k8s-login-ok").client.LoginKubernetes(t.Context(), "i", "jwt"); err != nil {
		t.Errorf("Kubernetes Auth: %v", err)
	}
	secrets, err := recording(t, "secrets-list-imports").Secrets(t.Context(), Scope{})
	if err != nil || string(secrets["MULTILINE"].Value) != "line1\nline2\n" || string(secrets["UNICODE"].Value) != "päss→wörd-密钥" {
		t.Errorf("values have changed on the way, or %v", err)
	}
	if empty, there := secrets["EMPTY"]; !there || len(empty.Value) != 0 || empty.Hidden {
		t.Error("an empty value is lost")
	}
	none, err := recording(t, "secrets-list-empty-folder").Secrets(t.Context(), Scope{})
	if err != nil || len(none) != 0 {
		t.Errorf("an empty folder has %d secrets, %v", len(none), err)
	}
}
