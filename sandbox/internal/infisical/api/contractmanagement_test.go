package api_test

import (
	"net/http"
	"strconv"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const (
	universalAuth = "/api/v1/auth/universal-auth/identities/{new}"
	secretsOfNew  = universalAuth + "/client-secrets"
	privileges    = "/api/v2/identity-project-additional-privilege"
	oldPrivileges = "/api/v1/additional-privilege/identity/permanent"
	runbookTTLs   = `{"accessTokenTTL":86400,"accessTokenMaxTTL":2592000}`
)

// create makes a new identity first, and universal auth for it where attached says so.
func create(attached bool, method, path, body string) func(*bench) call {
	return func(b *bench) call {
		b.newIdentity()
		if attached {
			b.do(b.manage("POST", universalAuth, runbookTTLs))
		}
		return b.manage(method, path, body)
	}
}

func identityCases() map[int][]contractCase {
	const path, body = "/api/v1/identities", `{"name":"eso","organizationId":"{org}"}`
	make := func(b *bench) call { return b.manage("POST", path, body) }
	const taken = "400 BadRequest: Failed to add universal auth to already configured identity"
	return map[int][]contractCase{
		90: {{what: "create", act: make, current: "200 identity.id=~ identity.name=eso identity.orgId={org} identity.authMethods.#=0", old: "200 identity.id=~ identity.name=eso identity.authMethod=<nil>"}},
		91: {{what: "create twice", act: func(b *bench) call { b.do(make(b)); return make(b) }, current: "200 identity.name=eso", old: "=",
			also: func(b *bench, _ *http.Response, _ map[string]any) {
				list := b.do(b.manage("GET", "/api/v1/identities?orgId={org}", ""))
				if n := dig(list, []string{"identities", "#"}); n != "3" {
					b.t.Errorf("%s identities", n)
				}
			}}},
		92: {{what: "create without permission", act: func(b *bench) call { c := make(b); c.token = b.reader; return c },
			current: "403 PermissionDenied: You are not allowed to create on identity", old: "401 PermissionDenied: You are not allowed to create on identity",
			also: detailed("create", "identity")}},
		93: {{what: "create, limit of the plan", act: func(b *bench) call {
			b.store.Configure(func(s *store.Settings) { s.Plan.Identities = 1 })
			return make(b)
		}, current: "400 BadRequest: Failed to create identity due to identity limit reached. Upgrade plan to create more identities.", old: "="}},
		94: {{what: "get, locked", act: func(b *bench) call { b.wrong(3); return b.manage("GET", path+"/{identity}", "") },
			current: "200 identity.identity.activeLockoutAuthMethods.0=universal-auth", old: "200 identity.identity.activeLockoutAuthMethods=<nil>"}},
		95: {{what: "get, unknown", act: func(b *bench) call { return b.manage("GET", path+"/5f0c4a3e-1111-4222-8333-444455556666", "") },
			current: "404 NotFound: Failed to find identity with id 5f0c4a3e-1111-4222-8333-444455556666", old: "400 BadRequest: Failed to find identity with id 5f0c4a3e-1111-4222-8333-444455556666"}},
		96: {{what: "own organisation", act: func(b *bench) call { return b.get(path + "/details") },
			current: "200 identityDetails.organization.id={org} identityDetails.organization.slug=org", old: "500 *"}},
		97:  {{what: "attach universal auth", act: create(false, "POST", universalAuth, runbookTTLs), current: "200 identityUniversalAuth.clientId=~ identityUniversalAuth.accessTokenTTL=86400 identityUniversalAuth.accessTokenMaxTTL=2592000 identityUniversalAuth.accessTokenNumUsesLimit=0", old: "="}},
		98:  {{what: "attach again", act: create(true, "POST", universalAuth, runbookTTLs), current: taken, old: "="}},
		99:  {{what: "attach beside Kubernetes Auth", act: (*bench).besideKubernetes, current: "200 identityUniversalAuth.clientId=~", old: taken}},
		100: {{what: "TTL above the max TTL", act: create(false, "POST", universalAuth, `{"accessTokenTTL":200,"accessTokenMaxTTL":100}`), current: "422 ValidationFailure: Access Token TTL cannot be greater than Access Token Max TTL.", old: "400 BadRequest: Access token TTL cannot be greater than max TTL"}},
		101: {{what: "addresses without the plan", act: create(false, "POST", universalAuth, `{"clientSecretTrustedIps":[{"ipAddress":"10.0.0.0/8"}]}`),
			current: "400 BadRequest: Failed to add IP access range to service token due to plan restriction. Upgrade plan to add IP access range.", old: "="}},
		102: {{what: "read what is not attached", act: create(false, "GET", universalAuth, ""), current: "404 NotFound: Failed to find universal auth for identity with ID {new}", old: "400 BadRequest: The identity does not have universal auth"}},
	}
}

func clientSecretCases() map[int][]contractCase {
	const made = "200 clientSecret=~ clientSecretData.id=~ clientSecretData.clientSecretPrefix=~ clientSecretData.clientSecretNumUses=0 clientSecretData.isClientSecretRevoked=false"
	revoked := func(path, method string) func(*bench) call {
		return func(b *bench) call {
			b.do(create(true, "POST", secretsOfNew, "{}")(b))
			b.keepSecret(b.do(b.manage("POST", secretsOfNew, `{"description":"to be revoked"}`)))
			b.do(b.manage("POST", secretsOfNew+"/{made}/revoke", "{}"))
			return b.manage(method, path, "{}")
		}
	}
	return map[int][]contractCase{
		103: {{what: "create", act: create(true, "POST", secretsOfNew, `{"description":"d","numUsesLimit":0,"ttl":0}`), current: made, old: "=", also: secretForm}},
		104: {
			{what: "TTL beyond the longest", act: create(true, "POST", secretsOfNew, `{"ttl":315360001}`), current: "422 ValidationFailure: *", old: "403 ValidationFailure: *"},
			{what: "TTL below nought", act: create(true, "POST", secretsOfNew, `{"ttl":-1}`), current: "422 ValidationFailure: *", old: "403 ValidationFailure: *"},
		},
		105: {{what: "list", act: revoked(secretsOfNew, "GET"), current: "200 clientSecretData.#=1 clientSecretData.0.clientSecret=<nil> clientSecretData.0.clientSecretNumUses=0", old: "="}},
		106: {{what: "list when an expired one was tried", act: func(b *bench) call {
			b.store.AddClientSecret(b.identityID, "short-lived", store.ClientSecretTerms{TTL: time.Second})
			b.wait(time.Minute)
			b.ask(b.login("short-lived"))
			return b.manage("GET", "/api/v1/auth/universal-auth/identities/{identity}/client-secrets", "")
		}, current: "200 clientSecretData.#=1 clientSecretData.0.id={secret}", old: "="}},
		107: {{what: "get one that is revoked", act: revoked(secretsOfNew+"/{made}", "GET"), current: "200 clientSecretData.isClientSecretRevoked=true", old: "="}},
		108: {{what: "revoke again", act: revoked(secretsOfNew+"/{made}/revoke", "POST"), current: "200 clientSecretData.isClientSecretRevoked=true", old: "="}},
		109: {{what: "revoke an unknown one", act: create(true, "POST", secretsOfNew+"/5f0c4a3e-1111-4222-8333-444455556666/revoke", "{}"),
			current: "404 NotFound: Failed to find identity with ID {new}", old: "500 *"}},
		110: {{what: "create for somebody mightier", act: (*bench).mightier,
			current: "403 PermissionBoundaryError: Failed to create client secret for identity.*", old: "500 Internal Server Error: Failed to add identity to project with more privileged role"}},
		111: {{what: "end locks", act: func(b *bench) call {
			b.wrong(3)
			return b.manage("POST", "/api/v1/auth/universal-auth/identities/{identity}/clear-lockouts", "{}")
		},
			current: "200 deleted=1", old: "404 Not Found: Route POST:/api/v1/auth/universal-auth/identities/{identity}/clear-lockouts not found",
			also: func(b *bench, _ *http.Response, _ map[string]any) { b.do(b.login(clientSecret)) }}},
		112: {{what: "by ESO's own identity", act: func(b *bench) call {
			return b.get("/api/v1/auth/universal-auth/identities/{identity}/client-secrets")
		}, current: "403 PermissionDenied: *", old: "401 PermissionDenied: *"}},
	}
}

func (b *bench) keepSecret(body map[string]any) {
	b.ids["made"] = body["clientSecretData"].(map[string]any)["id"].(string)
}

func secretForm(b *bench, _ *http.Response, body map[string]any) {
	value := body["clientSecret"].(string)
	if _, err := strconv.ParseUint(value[:16], 16, 64); err != nil || len(value) != 64 || value[:4] != dig(body, []string{"clientSecretData", "clientSecretPrefix"}) {
		b.t.Errorf("a client secret of %d characters, prefix %s", len(value), dig(body, []string{"clientSecretData", "clientSecretPrefix"}))
	}
}

// mightier makes a client secret of an identity that may do more than who makes it. Today that is a matter of projects, in 2024 of the
// organisation.
func (b *bench) mightier() call {
	if b.modern() {
		return b.mightierInProject()
	}
	admin := b.store.AddIdentity(b.orgID, "org-admin", store.RoleAdmin)
	b.store.AttachUniversalAuth(admin.ID, store.NewUniversalAuth())
	b.ids["admin"] = admin.ID
	member := b.store.AddUser("", b.orgID, "member@example.com", "password", store.RoleMember)
	c := b.manage("POST", "/api/v1/auth/universal-auth/identities/{admin}/client-secrets", "{}")
	c.token = b.userToken(b.t, member.ID)
	return c
}

func (b *bench) mightierInProject() call {
	b.store.Configure(func(s *store.Settings) { s.Plan.CustomRoles = true })
	b.do(b.manage("POST", "/api/v1/projects/{project}/roles",
		`{"slug":"issuer","name":"Issuer","permissions":[{"subject":"identity","action":["read","create","create-token"]}]}`))
	token := b.member("")
	b.do(b.manage("POST", "/api/v2/workspace/{project}/identity-memberships/{another}", `{"role":"issuer"}`))
	made := b.do(b.manage("POST", "/api/v1/projects/{project}/identities", `{"name":"own","roles":[{"role":"admin","isTemporary":false}]}`))
	b.ids["new"] = made["identity"].(map[string]any)["id"].(string)
	b.do(b.manage("POST", universalAuth, runbookTTLs))
	return call{method: "POST", path: secretsOfNew, body: "{}", token: token}
}

func membershipCases() map[int][]contractCase {
	const path = "/api/v2/workspace/{project}/identity-memberships/{new}"
	const newPath = "/api/v1/projects/{project}/memberships/identities/{new}"
	add := func(body string) func(*bench) call { return create(false, "POST", path, body) }
	const plan = "Failed to assign custom role "
	return map[int][]contractCase{
		113: {
			{what: "add with one role", act: add(`{"role":"viewer"}`), current: "200 identityMembership.identityId={new} identityMembership.projectId={project}", old: "="},
			{what: "add with a list of roles", act: add(`{"roles":[{"role":"viewer"}]}`), current: "200 identityMembership.identityId={new}", old: "="},
		},
		114: {{what: "add again", act: func(b *bench) call {
			b.do(add(`{"role":"viewer"}`)(b))
			return b.manage("POST", path, `{"role":"viewer"}`)
		},
			current: "400 BadRequest: Identity is already a member", old: "400 BadRequest: Identity with id {new} already exists in project with id {project}"}},
		115: {{what: "add without a role", act: func(b *bench) call { b.do(add(`{}`)(b)); return b.manage("GET", path, "") }, current: "200 identityMembership.roles.0.role=no-access", old: "="}},
		116: {{what: "unknown role", act: add(`{"role":"nothing"}`), current: "404 NotFound: One or more custom roles not found", old: "400 BadRequest: Custom role not found"}},
		117: {{what: "custom role without the plan", act: (*bench).customRole, current: "400 BadRequest: " + plan + "to identity due to plan RBAC restriction. Upgrade to Infisical Enterprise to assign custom roles.", old: "400 BadRequest: " + plan + "*"}},
		118: {{what: "roles for a time only", act: add(`{"roles":[{"role":"viewer","isTemporary":true,"temporaryMode":"relative","temporaryRange":"1h","temporaryAccessStartTime":"2026-09-01T12:00:00Z"}]}`),
			current: "400 BadRequest: Identity must have at least one permanent role", old: "200 identityMembership.identityId={new}"}},
		119: {{what: "one of the project's own", act: func(b *bench) call {
			made := b.do(b.manage("POST", "/api/v1/projects/{project}/identities", `{"name":"own","roles":[{"role":"viewer","isTemporary":false}]}`))
			b.ids["new"] = made["identity"].(map[string]any)["id"].(string)
			return b.manage("POST", path, `{"role":"viewer"}`)
		}, current: "400 BadRequest: Failed to create project membership for a project scoped identity"}},
		120: {{what: "a viewer reads every environment", act: func(b *bench) call {
			b.put("dev", "/deep/down", "D", "of-dev")
			return b.get(raw + "?workspaceSlug=demo&environment=dev&secretPath=/deep/down")
		}, current: "200 secrets.0.secretKey=D", old: "="}},
		121: {
			{what: "a privilege, within it", act: within("/app/llm"), current: "200 secrets.0.secretKey=NESTED", old: "="},
			{what: "a privilege, outside of it", act: within("/"), current: "200 secrets.#=0", old: "401 PermissionDenied: You are not allowed to read on secrets"},
		},
		122: {{what: "slug of a privilege again", act: (*bench).sameSlug, current: "400 BadRequest: Additional privilege with name limited exists", old: "400 BadRequest: *"}},
		123: {{what: "add by the new route", act: create(false, "POST", newPath, `{"role":"viewer"}`), current: "200 identityMembership.identityId={new}", old: "404 Not Found: Route POST:" + newPath + " not found"}},
	}
}

// within lists a folder of prod with a privilege for /app and what is below.
func within(path string) func(*bench) call {
	return func(b *bench) call {
		token := b.limited(`"environment":"prod","secretPath":{"$glob":"/app/**"}`, "describeSecret", "readValue")
		return call{method: "GET", path: prod + "&secretPath=" + path, token: token}
	}
}

// customRole makes a role while the plan has them, and gives it to an identity when it has not.
func (b *bench) customRole() call {
	b.newIdentity()
	b.store.Configure(func(s *store.Settings) { s.Plan.CustomRoles = true })
	b.do(b.manage("POST", "/api/v1/workspace/{project}/roles", `{"slug":"special","name":"Special","permissions":[]}`))
	b.store.Configure(func(s *store.Settings) { s.Plan.CustomRoles = false })
	return b.manage("POST", "/api/v2/workspace/{project}/identity-memberships/{new}", `{"role":"special"}`)
}

// sameSlug grants a privilege under a slug that is taken.
func (b *bench) sameSlug() call {
	b.limited(`"environment":"prod"`, "describeSecret")
	if b.modern() {
		return b.manage("POST", privileges, `{"projectId":"{project}","identityId":"{another}","slug":"limited","permissions":[{"subject":"secrets","action":["describeSecret"]}],"type":{"isTemporary":false}}`)
	}
	return b.manage("POST", oldPrivileges, `{"projectSlug":"demo","identityId":"{another}","slug":"limited","privilegePermission":{"actions":["read"],"subject":"secrets","conditions":{"environment":"prod"}}}`)
}
