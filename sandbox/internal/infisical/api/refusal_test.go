package api_test

import (
	"strings"
	"testing"
)

const (
	malformed = "The provided access token is malformed. Please use a valid token or generate a new one and try again."
	raw       = "/api/v3/secrets/raw"
)

// refused is a call and the answer it gets.
type refused struct {
	call call
	want answer
}

func (r *rig) checkAll(t *testing.T, cases map[string]refused) {
	t.Helper()
	for name, test := range cases {
		t.Run(name, func(t *testing.T) { r.check(t, test.call, test.want) })
	}
}

func TestUnknownRoutes(t *testing.T) {
	t.Parallel()
	newRig(t).checkAll(t, map[string]refused{
		"unknown route":          {call{method: "GET", path: "/api/nope?x=1"}, answer{404, "Not Found", "Route GET:/api/nope?x=1 not found"}},
		"route of another verb":  {call{method: "POST", path: "/api/status"}, answer{404, "Not Found", "Route POST:/api/status not found"}},
		"base URL ends in /api/": {call{method: "POST", path: "/api/api/v1/auth/universal-auth/login"}, answer{404, "Not Found", "Route POST:/api/api/v1/auth/universal-auth/login not found"}},
		"log in by GET":          {call{method: "GET", path: loginPath}, answer{404, "Not Found", "Route GET:" + loginPath + " not found"}},
		"POST outside the API":   {call{method: "POST", path: "/login"}, answer{404, "Not Found", "Route POST:/login not found"}},
		"untidy path":            {call{method: "GET", path: "/api//status"}, answer{404, "Not Found", "Route GET:/api//status not found"}},
	})
}

func TestRefusedLogIns(t *testing.T) {
	t.Parallel()
	newRig(t).checkAll(t, map[string]refused{
		"log in, unknown client":       {call{method: "POST", path: loginPath, body: credentials("x", "y")}, answer{401, "UnauthorizedError", "Invalid credentials"}},
		"log in, no secret":            {call{method: "POST", path: loginPath, body: `{"clientId":"x"}`}, answer{422, "ValidationFailure", "Required"}},
		"log in, secret is a number":   {call{method: "POST", path: loginPath, body: `{"clientId":"x","clientSecret":5}`}, answer{422, "ValidationFailure", "Expected string, received number"}},
		"log in, body is no object":    {call{method: "POST", path: loginPath, body: `[]`}, answer{422, "ValidationFailure", "Expected object, received array"}},
		"log in, body is not JSON":     {call{method: "POST", path: loginPath, body: `{"clientId":`}, answer{400, "BadRequest", "Unexpected end of JSON input"}},
		"log in, body is plain text":   {call{method: "POST", path: loginPath, body: `{}`, contentType: "text/plain"}, answer{422, "ValidationFailure", "Expected object, received string"}},
		"log in, no body":              {call{method: "POST", path: loginPath, contentType: "application/json"}, answer{400, "BadRequest", "Body cannot be empty when content-type is set to 'application/json'"}},
		"log in, unknown organisation": {call{method: "POST", path: loginPath, body: `{"clientId":"` + clientID + `","clientSecret":"` + clientSecret + `","organizationSlug":"nope"}`}, answer{404, "NotFound", "Sub organization with slug nope not found"}},
	})
}

func TestRefusedTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	foreign, ended := newRig(t).logIn(t), r.logIn(t)
	r.check(t, call{method: "POST", path: "/api/v1/auth/token/revoke", body: tokenBody(ended)}, answer{Status: 200})
	r.checkAll(t, map[string]refused{
		"no token":                     {call{method: "GET", path: raw}, answer{401, "UnauthorizedError", "Token missing"}},
		"no token, v4":                 {call{method: "GET", path: "/api/v4/secrets"}, answer{401, "UnauthorizedError", "Token missing"}},
		"garbage token":                {call{method: "GET", path: raw, token: "Bearer garbage"}, answer{403, "TokenError", malformed}},
		"garbage token, route unknown": {call{method: "GET", path: "/api/nope", token: "Bearer garbage"}, answer{404, "Not Found", "Route GET:/api/nope not found"}},
		"garbage token on the status":  {call{method: "GET", path: "/api/status", token: "Bearer garbage"}, answer{403, "TokenError", malformed}},
		"garbage token on the log-in":  {call{method: "POST", path: loginPath, token: "Bearer garbage", body: credentials(clientID, clientSecret)}, answer{403, "TokenError", malformed}},
		"another server's token":       {call{method: "GET", path: raw, token: foreign}, answer{403, "TokenError", "invalid signature"}},
		"revoked token":                {call{method: "GET", path: raw, token: ended}, answer{401, "UnauthorizedError", "Failed to authorize: token has been revoked"}},
		"renew a revoked token":        {call{method: "POST", path: "/api/v1/auth/token/renew", body: tokenBody(ended)}, answer{401, "UnauthorizedError", "Cannot renew: token has been revoked"}},
		"renew garbage":                {call{method: "POST", path: "/api/v1/auth/token/renew", body: `{"accessToken":"garbage"}`}, answer{403, "TokenError", malformed}},
		"renew nothing":                {call{method: "POST", path: "/api/v1/auth/token/renew", body: `{}`}, answer{422, "ValidationFailure", "Required"}},
	})
}

func TestRefusedScopes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.logIn(t)
	r.checkAll(t, map[string]refused{
		"list, no project":              {call{method: "GET", path: raw + "?environment=prod", token: token}, answer{400, "BadRequest", "You must provide projectSlug or workspaceId"}},
		"list, no environment":          {call{method: "GET", path: raw + "?workspaceSlug=demo", token: token}, answer{400, "BadRequest", "Missing project id or environment"}},
		"list, unknown slug":            {call{method: "GET", path: raw + "?workspaceSlug=nope&environment=prod", token: token}, answer{404, "NotFound", "Project with slug 'nope' not found"}},
		"list, unknown id":              {call{method: "GET", path: raw + "?workspaceId=nope&environment=prod", token: token}, answer{404, "NotFound", "Project with ID 'nope' not found"}},
		"list, unknown environment":     {call{method: "GET", path: raw + "?workspaceSlug=demo&environment=production", token: token}, answer{404, "SecretPathNotFound", "Folder with path '/' in environment 'production' was not found. Please ensure the environment slug and secret path is correct."}},
		"list, unknown path":            {call{method: "GET", path: raw + "?workspaceSlug=demo&environment=prod&secretPath=/x/", token: token}, answer{404, "SecretPathNotFound", "Folder with path '/x' in environment 'prod' was not found. Please ensure the environment slug and secret path is correct."}},
		"list all, unknown environment": {call{method: "GET", path: raw + "?workspaceSlug=demo&environment=production&recursive=true", token: token}, answer{404, "NotFound", "Environment with slug 'production' in project with ID " + r.projectID + " not found"}},
		"list, bad flag":                {call{method: "GET", path: raw + "?workspaceSlug=demo&environment=prod&recursive=1", token: token}, answer{422, "ValidationFailure", "Invalid enum value. Expected 'true' | 'false', received '1'"}},
		"get, no project":               {call{method: "GET", path: raw + "/KEY?environment=prod", token: token}, answer{400, "BadRequest", "You must provide workspaceSlug or workspaceId"}},
		"get, no environment":           {call{method: "GET", path: raw + "/KEY?workspaceSlug=demo", token: token}, answer{400, "BadRequest", "Missing environment"}},
		"get, unknown slug":             {call{method: "GET", path: raw + "/KEY?workspaceSlug=nope&environment=prod", token: token}, answer{404, "NotFound", "Project with slug 'nope' not found"}},
		"get, unknown environment":      {call{method: "GET", path: raw + "/KEY?workspaceSlug=demo&environment=production", token: token}, answer{404, "GetSecretByName", "Folder with path '/' in environment with slug 'production' not found"}},
		"get, unknown key":              {call{method: "GET", path: raw + "/key?workspaceSlug=demo&environment=prod", token: token}, answer{404, "NotFound", "Secret with name 'key' not found"}},
		"project, unknown slug":         {call{method: "GET", path: "/api/v2/workspace/nope", token: token}, answer{404, "NotFound", "Project with slug 'nope' not found"}},
		"project, slug with capitals":   {call{method: "GET", path: "/api/v1/projects/slug/Demo", token: token}, answer{422, "ValidationFailure", "Invalid slug format"}},
		"project, unknown id":           {call{method: "GET", path: "/api/v1/workspace/nope", token: token}, answer{404, "NotFound", "Project with ID 'nope' not found"}},
		"folders, unknown environment":  {call{method: "GET", path: "/api/v1/folders?workspaceId=" + r.projectID + "&environment=x", token: token}, answer{404, "NotFound", "Environment with slug 'x' in project with ID " + r.projectID + " not found"}},
	})
}

func TestNotAMember(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.logIn(t)
	r.store.RemoveMember(r.projectID, r.identityID)
	want := answer{403, "ProjectMembershipNotFound", "You are not a member of this project with ID " + r.projectID +
		". Please assign this identity to the project with the appropriate permissions, then try again."}
	r.check(t, call{method: "GET", path: raw + "?workspaceSlug=demo&environment=x", token: token}, want)
	r.check(t, call{method: "GET", path: "/api/v1/projects/" + r.projectID, token: token}, want)
}

func tokenBody(authorization string) string {
	return `{"accessToken":"` + strings.TrimPrefix(authorization, "Bearer ") + `"}`
}
