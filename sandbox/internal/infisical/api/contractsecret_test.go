package api_test

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const prod = raw + "?workspaceSlug=demo&environment=prod"

// at is a list of the secrets of prod with more parameters.
func at(more string) func(*bench) call {
	return func(b *bench) call { return b.get(prod + more) }
}

func (b *bench) put(environment, path, key, value string) {
	b.store.PutSecret(b.projectID, environment, path, key, value)
}

func secretCases() map[int][]contractCase {
	one := func(key, more string) func(*bench) call {
		return func(b *bench) call { return b.get(raw + "/" + key + "?workspaceSlug=demo&environment=prod" + more) }
	}
	imported := func(act func(*bench) call) func(*bench) call {
		return func(b *bench) call {
			b.put("staging", "/shared", "FROM_THERE", "imported")
			b.store.AddImport(b.projectID, "prod", "/", store.Import{Environment: "staging", Path: "/shared"})
			return act(b)
		}
	}
	relative := func(act func(*bench) call) func(*bench) call {
		return func(b *bench) call {
			b.put("prod", "/refs", "REL", "${A}")
			b.put("prod", "/refs", "A", "value-of-a")
			return act(b)
		}
	}
	return map[int][]contractCase{
		51: {{what: "list the root", act: at(""), current: "200 secrets.#=3 imports.#=0", old: "="}},
		52: {{what: "list with an empty id", act: at("&workspaceId="), current: "200 secrets.#=3", old: "="}},
		53: {{what: "list all below", act: at("&secretPath=/app&recursive=true"), current: "200 secrets.#=1 secrets.0.secretKey=NESTED secrets.0.secretPath=/app/llm", old: "="},
			{what: "the same key twice", act: func(b *bench) call {
				b.put("prod", "/app", "NESTED", "x")
				return at("&secretPath=/app&recursive=true")(b)
			}, current: "200 secrets.#=2", old: "="}},
		54: {{what: "list with imports", act: imported(at("&include_imports=true")),
			current: "200 secrets.#=3 imports.#=1 imports.0.secretPath=/shared imports.0.environment=staging imports.0.folderId=~ imports.0.secrets.0.secretKey=FROM_THERE", old: "="}},
		55: {{what: "list, references expanded", act: relative(at("&secretPath=/refs&expandSecretReferences=true")), current: "200 secrets.#=2", old: "=", also: expanded},
			{what: "list, references of other folders expanded", act: at("&secretPath=/app/llm&expandSecretReferences=true"), current: "200 secrets.0.secretValue=" + secretValue}},
		56: {{what: "list, a reference that may not be read", act: (*bench).unreadableReference,
			current: "403 ForbiddenError: Failed to expand one or more secret references", old: "200 secrets.#=1"}},
		57: {{what: "a flag that is none", act: at("&recursive=1"), current: "422 ValidationFailure: *", old: "403 ValidationFailure: *"}},
		58: {{what: "path with a slash at its end", act: at("&secretPath=/app/llm/"), current: "200 secrets.#=1 secrets.0.secretKey=NESTED", old: "="}},
		59: {{what: "empty folder", act: func(b *bench) call {
			b.store.PutFolder(b.projectID, "prod", "/empty")
			return at("&secretPath=/empty")(b)
		}, current: "200 secrets.#=0 imports.#=0", old: "="}},
		74: {{what: "list without values", act: at("&secretPath=/app/llm&viewSecretValue=false"),
			current: "200 secrets.0.secretValue=<hidden-by-infisical> secrets.0.secretValueHidden=true", old: "200 secrets.0.secretValue=${prod.KEY}"}},
		75: {{what: "get", act: one("KEY", ""), current: "200 secret.secretKey=KEY secret.secretValue=" + secretValue + " secret.type=shared secret.environment=prod", old: "="}},
		76: {{what: "get an unknown key", act: one("NOTHING", ""), current: "404 NotFound: Secret with name 'NOTHING' not found", old: "400 BadRequest: Secret not found"}},
		78: {{what: "get an imported key", act: imported(one("FROM_THERE", "&include_imports=true")), current: "200 secret.secretValue=imported secret.environment=staging", old: "="},
			{what: "get an imported key without imports", act: imported(one("FROM_THERE", "&include_imports=false")), current: "404 NotFound: Secret with name 'FROM_THERE' not found", old: "400 BadRequest: Secret not found"}},
		79: {{what: "key with spaces and umlauts", act: one(url.PathEscape("schlüssel mit leerzeichen"), ""), current: "200 secret.version=1", old: "="}},
		80: {{what: "list that the client has", act: at(""), current: "200 secrets.#=3", old: "=", also: notModified}},
		81: {
			{what: "list, version 4", act: func(b *bench) call {
				return b.get("/api/v4/secrets?projectId={project}&environment=prod&secretPath=/app/llm")
			},
				current: "200 secrets.#=1 secrets.0.secretValue=" + secretValue},
			{what: "get, version 4", act: func(b *bench) call { return b.get("/api/v4/secrets/KEY?projectId={project}&environment=prod") },
				current: "200 secret.secretValue=" + secretValue, old: "404 Not Found: Route GET:/api/v4/secrets/KEY?projectId={project}&environment=prod not found"},
		},
		82: {{what: "values of all forms", act: at(""), current: "200 secrets.#=3", old: "=", also: exactValues}},
		83: {{what: "a change between two lists", act: func(b *bench) call {
			b.do(at("")(b))
			b.put("prod", "/app/llm", "NESTED", "changed")
			return at("&secretPath=/app/llm")(b)
		},
			current: "200 secrets.0.secretValue=changed", old: "="}},
	}
}

func expanded(b *bench, _ *http.Response, body map[string]any) {
	for _, s := range body["secrets"].([]any) {
		if v := s.(map[string]any)["secretValue"]; v != "value-of-a" {
			b.t.Errorf("a value is %v", v)
		}
	}
}

// unreadableReference lists a folder as somebody who may not read what a value in it refers to.
func (b *bench) unreadableReference() call {
	b.put("dev", "/", "THEIRS", "unreadable")
	b.put("prod", "/refs", "REF", "${dev.THEIRS}")
	token := b.limited(`"environment":"prod"`, "describeSecret", "readValue")
	return call{method: "GET", path: prod + "&secretPath=/refs&expandSecretReferences=true", token: token}
}

// limited is an identity without role that may do some actions on secrets under conditions; what old servers have is the one action read.
func (b *bench) limited(conditions string, actions ...string) string {
	token := b.member(store.RoleNoAccess)
	if b.modern() {
		b.do(b.manage("POST", "/api/v2/identity-project-additional-privilege", `{"projectId":"{project}","identityId":"{another}","slug":"limited",`+
			`"permissions":[{"subject":"secrets","action":["`+strings.Join(actions, `","`)+`"],"conditions":{`+conditions+`}}],"type":{"isTemporary":false}}`))
		return token
	}
	b.do(b.manage("POST", "/api/v1/additional-privilege/identity/permanent", `{"projectSlug":"demo","identityId":"{another}","slug":"limited",`+
		`"privilegePermission":{"actions":["read"],"subject":"secrets","conditions":{`+conditions+`}}}`))
	return token
}

func notModified(b *bench, response *http.Response, _ map[string]any) {
	again, body := b.raw(at("")(b), map[string]string{"If-None-Match": response.Header.Get("ETag")})
	if again.StatusCode != http.StatusNotModified || body != "" {
		b.t.Errorf("%s with %d characters", again.Status, len(body))
	}
}

// exactValues compares values byte by byte, empty ones and those of a megabyte too.
func exactValues(b *bench, _ *http.Response, _ map[string]any) {
	for key, value := range map[string]string{"LINES": "one\ntwo\n", "EMPTY": "", "BIG": strings.Repeat("0123456789abcdef", 1<<16), "CRLF": "a\r\nb\r\n"} {
		b.put("prod", "/values", key, value)
		got := b.do(b.get(raw + "/" + key + "?workspaceSlug=demo&environment=prod&secretPath=/values"))
		if got["secret"].(map[string]any)["secretValue"] != value {
			b.t.Errorf("the value of %s is not what was put", key)
		}
	}
}

func scopeCases() map[int][]contractCase {
	unknown := func(query string) func(*bench) call {
		return func(b *bench) call { return b.get(raw + query) }
	}
	notMember24 := "403 Identity not in project: " + notAllowed
	notMember := "403 ProjectMembershipNotFound: You are not a member of this project with ID {project}. *"
	folder := func(path, environment string) string {
		return "404 SecretPathNotFound: Folder with path '" + path + "' in environment '" + environment + "' was not found. Please ensure the environment slug and secret path is correct."
	}
	removed := func(b *bench) call {
		b.store.RemoveMember(b.projectID, b.identityID)
		return b.get(prod)
	}
	elsewhere := func(path string) func(*bench) call {
		return func(b *bench) call {
			b.put("dev", "/", "X", "of-dev")
			return call{method: "GET", path: path, token: b.limited(`"environment":"prod"`, "describeSecret", "readValue")}
		}
	}
	nameOnly := func(path string) func(*bench) call {
		return func(b *bench) call {
			return call{method: "GET", path: path, token: b.limited(`"environment":"prod"`, "describeSecret")}
		}
	}
	const mayNot, mayNot24 = "403 PermissionDenied: You are not allowed to describeSecret on secrets", "401 PermissionDenied: You are not allowed to read on secrets"
	const noSlug = "404 NotFound: Project with slug 'nope' not found"
	return map[int][]contractCase{
		60: {{what: "list, unknown environment", act: unknown("?workspaceSlug=demo&environment=production"), current: folder("/", "production"), old: "200 secrets.#=0 imports.#=0"}},
		61: {{what: "list all, unknown environment", act: unknown("?workspaceSlug=demo&environment=production&recursive=true"),
			current: "404 NotFound: Environment with slug 'production' in project with ID {project} not found",
			old:     "500 Internal Server Error: 'production' environment not found in project with ID {project}"}},
		62: {{what: "list, unknown path", act: at("&secretPath=/x"), current: folder("/x", "prod"), old: "200 secrets.#=0"}},
		63: {{what: "list, unknown slug", act: unknown("?workspaceSlug=nope&environment=prod"), current: noSlug, old: "500 Failed to find project by slug: Something went wrong"}},
		64: {{what: "get, unknown slug", act: unknown("/KEY?workspaceSlug=nope&environment=prod"), current: noSlug, old: "500 Find project by slug: Something went wrong"}},
		65: {
			{what: "slug of another organisation", act: func(b *bench) call {
				b.foreignProject("nope")
				return b.get(raw + "?workspaceSlug=nope&environment=prod")
			},
				current: noSlug, old: "500 Failed to find project by slug: Something went wrong"},
			{what: "id of another organisation", act: func(b *bench) call {
				b.foreignProject("nope")
				return b.get(raw + "?workspaceId={foreign}&environment=prod")
			},
				current: "403 ForbiddenError: Your token is scoped to organization with ID {org}, but this resource belongs to a different organization.", old: notMember24},
		},
		66: {{what: "list, neither id nor slug", act: unknown("?environment=prod"), current: "400 BadRequest: You must provide projectSlug or workspaceId", old: "400 BadRequest: Missing workspace id or environment"}},
		67: {{what: "get, no environment", act: unknown("/KEY?workspaceSlug=demo"), current: "400 BadRequest: Missing environment", old: "="}},
		68: {{what: "list, not a member", act: removed, current: notMember, old: notMember24}},
		69: {{what: "list, member without access", act: func(b *bench) call { return call{method: "GET", path: prod, token: b.member(store.RoleNoAccess)} },
			current: mayNot, old: mayNot24, also: detailed("describeSecret", "secrets")}},
		70: {{what: "list, allowed elsewhere", act: elsewhere(raw + "?workspaceSlug=demo&environment=dev"), current: "200 secrets.#=0", old: mayNot24}},
		71: {{what: "get, allowed elsewhere", act: elsewhere(raw + "/X?workspaceSlug=demo&environment=dev"), current: mayNot, old: mayNot24}},
		72: {
			{what: "list, names only", act: nameOnly(prod), current: "403 PermissionDenied: You are not allowed to readValue on secrets"},
			{what: "list, names only, masked", act: func(b *bench) call {
				b.store.Configure(func(s *store.Settings) { s.MasksUnreadable = true })
				return nameOnly(prod + "&secretPath=/app/llm")(b)
			}, current: "200 secrets.0.secretValue=<hidden-by-infisical> secrets.0.secretValueHidden=true"},
		},
		73: {{what: "get, names only", act: nameOnly(raw + "/KEY?workspaceSlug=demo&environment=prod"),
			current: "403 ForbiddenReadSecretError: You do not have permission to view secret value on secret with name 'KEY'"}},
		77: {
			{what: "get, unknown environment", act: unknown("/KEY?workspaceSlug=demo&environment=production"),
				current: "404 GetSecretByName: Folder with path '/' in environment with slug 'production' not found",
				old:     "400 Create secret: Folder not found for the given environment slug & secret path"},
			{what: "get, unknown path", act: unknown("/KEY?workspaceSlug=demo&environment=prod&secretPath=/x"),
				current: "404 GetSecretByName: Folder with path '/x' in environment with slug 'prod' not found",
				old:     "400 Create secret: Folder not found for the given environment slug & secret path"},
		},
	}
}

// foreignProject adds a project of another organisation.
func (b *bench) foreignProject(slug string) {
	other := b.store.AddOrganization("", "Other", "other")
	b.ids["foreign"] = b.store.AddProject(other.ID, "Foreign", slug).ID
}

// detailed compares what today's servers say of a missing permission.
func detailed(action, subject string) func(*bench, *http.Response, map[string]any) {
	return func(b *bench, _ *http.Response, body map[string]any) {
		detail := first(body["details"])
		if b.modern() != (detail != nil) || b.modern() && (detail["action"] != action || detail["subject"] != subject) {
			b.t.Errorf("details %v", body["details"])
		}
	}
}

func projectCases() map[int][]contractCase {
	get := func(path string) func(*bench) call { return func(b *bench) call { return b.get(path) } }
	const folders = "/api/v1/folders?workspaceId={project}&environment="
	return map[int][]contractCase{
		84: {{what: "by slug", act: get(bySlug), current: "200 id={project} slug=demo environments.#=3", old: "="}},
		85: {{what: "by id, old route", act: get("/api/v1/workspace/{project}"), current: "200 workspace.id={project} workspace.environments.#=3", old: "="}},
		86: {{what: "by id, new route", act: get("/api/v1/projects/{project}"), current: "200 project.slug=demo", old: "404 Not Found: Route GET:/api/v1/projects/{project} not found"}},
		87: {{what: "slug with capitals", act: get("/api/v2/workspace/Demo"), current: "422 ValidationFailure: *", old: "403 ValidationFailure: *"}},
		88: {{what: "default environments", act: get(bySlug), current: "200 environments.0.name=Development environments.0.slug=dev environments.1.name=Staging " +
			"environments.1.slug=staging environments.2.name=Production environments.2.slug=prod", old: "="}},
		89: {
			{what: "folders", act: get(folders + "prod&path=/"), current: "200 folders.#=1 folders.0.name=app", old: "="},
			{what: "folders below one that is missing", act: get(folders + "prod&path=/x"), current: "200 folders.#=0", old: "="},
			{what: "folders of an unknown environment", act: get(folders + "x"),
				current: "404 NotFound: Environment with slug 'x' in project with ID {project} not found", old: "400 get folders: Environment not found"},
		},
	}
}
