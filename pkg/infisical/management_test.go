package infisical

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestAttachUniversalAuth(t *testing.T) {
	const route = "POST /api/v1/auth/universal-auth/identities/i"
	session, p := meet(t, map[string]reply{route: ok(`{"identityUniversalAuth":{"clientId":"c","accessTokenTTL":3600,"accessTokenMaxTTL":7200,
		"accessTokenNumUsesLimit":5,"lockoutDurationSeconds":300,"clientSecretTrustedIps":[{"ipAddress":"10.0.0.0","prefix":8},{"ipAddress":"192.0.2.1"}]}}`)})
	wanted := UniversalAuthConfig{AccessTokenTTL: time.Hour, AccessTokenMaxTTL: 2 * time.Hour, AccessTokenUses: 5, LockoutDuration: 5 * time.Minute,
		TrustedIPs: []string{"10.0.0.0/8", "192.0.2.1"}}
	got, err := session.AttachUniversalAuth(t.Context(), "i", wanted)
	wanted.ClientID = "c"
	same(t, wanted, got, err)
	if _, err := session.AttachUniversalAuth(t.Context(), "i", UniversalAuthConfig{AccessTokenTTL: time.Hour, AccessTokenMaxTTL: time.Hour}); err != nil {
		t.Error(err)
	}
	p.expect(t, route+` {"accessTokenMaxTTL":7200,"accessTokenNumUsesLimit":5,"accessTokenTTL":3600,`+
		`"clientSecretTrustedIps":[{"ipAddress":"10.0.0.0/8"},{"ipAddress":"192.0.2.1"}],"lockoutDurationSeconds":300}`,
		route+` {"accessTokenMaxTTL":3600,"accessTokenNumUsesLimit":0,"accessTokenTTL":3600}`)
}

func TestClientSecretRequests(t *testing.T) {
	const route = "POST /api/v1/auth/universal-auth/identities/i/client-secrets"
	session, p := meet(t, map[string]reply{route: {502, "{}"}, route + "/s/revoke": ok("{}")})
	patient(session.client)
	if _, value, err := session.CreateClientSecret(t.Context(), "i", "d", time.Minute); !hasStatus(err, 502) || value != "" {
		t.Errorf("create: %v", err)
	}
	p.replies[route+"/s/revoke"] = []reply{{502, "{}"}, ok("{}")}
	if err := session.RevokeClientSecret(t.Context(), "i", "s"); err != nil {
		t.Errorf("revoke: %v", err)
	}
	p.expect(t, route+` {"description":"d","numUsesLimit":0,"ttl":60}`, route+"/s/revoke {}", route+"/s/revoke {}")
}

func TestClearLockoutsOfAnOldServer(t *testing.T) {
	session, _ := meet(t, nil)
	if _, err := session.ClearLockouts(t.Context(), "i"); !errors.Is(err, ErrUnsupported) {
		t.Errorf("error = %v", err)
	}
}

func TestMembershipsOnBothRoutes(t *testing.T) {
	const old, latest = "/api/v2/workspace/p/identity-memberships/i", "/api/v1/projects/p/memberships/identities/i"
	const found = `{"identityMembership":{"roles":[{"role":"viewer"},{"role":"custom","customRoleSlug":"reader"}]}}`
	const added = ` {"roles":[{"isTemporary":false,"role":"no-access"}]}`
	for _, path := range []string{old, latest} {
		session, p := meet(t, map[string]reply{"GET " + path: ok(found), "POST " + path: ok("{}"), "DELETE " + path: ok("{}")})
		m, _, err := session.Membership(t.Context(), "p", "i")
		same(t, Membership{IdentityID: "i", ProjectID: "p", Roles: []string{"viewer", "reader"}}, m, err)
		if err := errors.Join(session.AddMembership(t.Context(), "p", "i", "no-access"), session.RemoveMembership(t.Context(), "p", "i")); err != nil {
			t.Error(err)
		}
		if path == old {
			p.expect(t, "GET "+old, "POST "+old+added, "DELETE "+old)
		} else {
			p.expect(t, "GET "+old, "GET "+latest, "POST "+old+added, "POST "+latest+added, "DELETE "+old, "DELETE "+latest)
		}
	}
}

func TestKubernetesAuthRequests(t *testing.T) {
	const path = "/api/v1/auth/kubernetes-auth/identities/i"
	session, p := meet(t, map[string]reply{"POST " + path: ok("{}"), "PATCH " + path: ok("{}")})
	auth := KubernetesAuth{Host: "https://h", CACert: "ca", AllowedNames: []string{"a", "b"}, AllowedNamespaces: []string{"n"}, TokenTTL: time.Hour, TokenMaxTTL: time.Hour}
	if err := session.AttachKubernetesAuth(t.Context(), "i", auth); err != nil {
		t.Error(err)
	}
	auth.ReviewerToken, auth.AllowedAudience = "reviewer", "infisical"
	if err := session.UpdateKubernetesAuth(t.Context(), "i", auth); err != nil {
		t.Error(err)
	}
	const rest = `"allowedNames":"a,b","allowedNamespaces":"n","caCert":"ca","kubernetesHost":"https://h"`
	p.expect(t, `POST `+path+` {"accessTokenMaxTTL":3600,"accessTokenTTL":3600,"allowedAudience":"",`+rest+`}`,
		`PATCH `+path+` {"accessTokenMaxTTL":3600,"accessTokenTTL":3600,"allowedAudience":"infisical",`+rest+`,"tokenReviewerJwt":"reviewer"}`)
}

func TestProjectsAndFoldersOnBothRoutes(t *testing.T) {
	const project = `{"id":"p","slug":"s","name":"n","orgId":"o","environments":[{"id":"e","name":"Production","slug":"prod"}]}`
	want := Project{ID: "p", Slug: "s", Name: "n", OrganizationID: "o", Environments: []Environment{{"e", "Production", "prod"}}}
	ages := map[string]map[string]reply{
		"old": {"GET /api/v2/workspace/s": ok(project), "GET /api/v1/workspace": ok(`{"workspaces":[` + project + `]}`),
			"GET /api/v1/folders": ok(`{"folders":[{"name":"app"}]}`)},
		"new": {"GET /api/v1/projects/slug/s": ok(project), "GET /api/v1/projects": ok(`{"projects":[` + project + `]}`),
			"GET /api/v2/folders": ok(`{"folders":[{"name":"app"}]}`)},
	}
	for age, routes := range ages {
		t.Run(age, func(t *testing.T) {
			session, p := meet(t, routes)
			got, err := session.Project(t.Context(), "s")
			same(t, want, got, err)
			all, err := session.Projects(t.Context())
			same(t, []Project{want}, all, err)
			names, err := session.Folders(t.Context(), "p", "prod", "/")
			same(t, []string{"app"}, names, err)
			last := map[string]string{"old": "GET /api/v1/folders?environment=prod&path=%2F&workspaceId=p", "new": "GET /api/v2/folders?environment=prod&path=%2F&projectId=p"}
			if got := p.asked[len(p.asked)-1]; got != last[age] {
				t.Errorf("asked %s, want %s", got, last[age])
			}
		})
	}
}

func TestNamesDoNotLeaveThePath(t *testing.T) {
	session := serve(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.EscapedPath(); got != "/api/v2/workspace/a%2F..%3Fb" {
			t.Errorf("asked for %s", got)
		}
		answer(200, "application/json", `{"id":"p"}`)(w, r)
	}}).WithToken(canary)
	if _, err := session.Project(t.Context(), "a/..?b"); err != nil {
		t.Error(err)
	}
}
