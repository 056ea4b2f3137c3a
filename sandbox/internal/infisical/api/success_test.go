package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLogIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	form := url.Values{"clientId": {clientID}, "clientSecret": {clientSecret}}.Encode()
	for name, c := range map[string]call{
		"json":           {body: credentials(clientID, clientSecret)},
		"trimmed":        {body: credentials(" "+clientID, clientSecret+"\n")},
		"unknown field":  {body: strings.Replace(credentials(clientID, clientSecret), "{", `{"more":1,`, 1)},
		"form":           {body: form, contentType: "application/x-www-form-urlencoded"},
		"trailing slash": {path: loginPath + "/", body: credentials(clientID, clientSecret)},
	} {
		t.Run(name, func(t *testing.T) {
			c.method = "POST"
			if c.path == "" {
				c.path = loginPath
			}
			response, body := r.send(t, c)
			delete(body, "accessToken")
			want := map[string]any{"expiresIn": 86400.0, "accessTokenMaxTTL": 2592000.0, "tokenType": "Bearer"}
			if diff := cmp.Diff(want, body); diff != "" || response.StatusCode != http.StatusOK {
				t.Errorf("%s (-want +got):\n%s", response.Status, diff)
			}
		})
	}
}

func TestLockoutOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	wrong := call{method: "POST", path: loginPath, body: credentials(clientID, "wrong")}
	right := call{method: "POST", path: loginPath, body: credentials(clientID, clientSecret)}
	locked := answer{401, "UnauthorizedError", "This identity auth method is temporarily locked, please try again later"}
	for range 3 {
		r.check(t, wrong, answer{401, "UnauthorizedError", "Invalid credentials"})
	}
	r.check(t, right, locked)
	r.check(t, wrong, locked)
	r.wait(300 * time.Second)
	r.check(t, right, answer{Status: http.StatusOK})
}

func TestTokenOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.logIn(t)
	read := call{method: "GET", path: "/api/v1/workspace", token: token}
	renew := call{method: "POST", path: "/api/v1/auth/token/renew", body: tokenBody(token)}
	revoke := call{method: "POST", path: "/api/v1/auth/token/revoke", body: tokenBody(token), token: token}

	if _, body := r.send(t, renew); "Bearer "+body["accessToken"].(string) == token || body["expiresIn"] != 86400.0 {
		t.Errorf("renewed: same token, or it expires in %v", body["expiresIn"])
	}
	r.check(t, read, answer{Status: http.StatusOK})
	if _, body := r.send(t, revoke); body["message"] != "Successfully revoked access token" {
		t.Errorf("revoke: %v", body)
	}
	r.check(t, read, answer{401, "UnauthorizedError", "Failed to authorize: token has been revoked"})

	expired := r.logIn(t)
	r.wait(25 * time.Hour)
	r.check(t, call{method: "GET", path: "/api/v1/workspace", token: expired},
		answer{403, "TokenError", "Your token has expired. Please re-authenticate."})
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.logIn(t)
	const scope = "?workspaceSlug=demo&workspaceId=&environment=prod"
	cases := map[string]struct {
		path string
		want map[string]string // path and key to value
	}{
		"list the root":    {"/api/v3/secrets/raw" + scope, map[string]string{"/ EMPTY": "", "/ KEY": secretValue, "/ schlüssel mit leerzeichen": "line1\r\nline2\n"}},
		"list by id":       {"/api/v3/secrets/raw?workspaceId=" + r.projectID + "&environment=prod&secretPath=/app/llm/", map[string]string{"/app/llm NESTED": "${prod.KEY}"}},
		"list all below":   {"/api/v3/secrets/raw" + scope + "&secretPath=/app&recursive=true", map[string]string{"/app/llm NESTED": "${prod.KEY}"}},
		"list expanded":    {"/api/v3/secrets/raw" + scope + "&secretPath=/app/llm&expandSecretReferences=true", map[string]string{"/app/llm NESTED": secretValue}},
		"list masked":      {"/api/v3/secrets/raw" + scope + "&secretPath=/app/llm&viewSecretValue=false", map[string]string{"/app/llm NESTED": "<hidden-by-infisical>"}},
		"list empty":       {"/api/v3/secrets/raw" + scope + "&secretPath=/app", map[string]string{}},
		"list, version 4":  {"/api/v4/secrets?projectId=" + r.projectID + "&environment=prod&secretPath=/app/llm", map[string]string{"/app/llm NESTED": secretValue}},
		"get":              {"/api/v3/secrets/raw/KEY" + scope, map[string]string{"/ KEY": secretValue}},
		"get escaped name": {"/api/v3/secrets/raw/" + url.PathEscape("schlüssel mit leerzeichen") + scope, map[string]string{"/ schlüssel mit leerzeichen": "line1\r\nline2\n"}},
		"get, version 4":   {"/api/v4/secrets/KEY?projectId=" + r.projectID + "&environment=prod", map[string]string{"/ KEY": secretValue}},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			response, body := r.send(t, call{method: "GET", path: test.path, token: token})
			if diff := cmp.Diff(test.want, values(body)); diff != "" || response.StatusCode != http.StatusOK {
				t.Errorf("%s (-want +got):\n%s", response.Status, diff)
			}
		})
	}
}

func values(body map[string]any) map[string]string {
	found := map[string]string{}
	secrets, _ := body["secrets"].([]any)
	if one, ok := body["secret"]; ok {
		secrets = append(secrets, one)
	}
	for _, secret := range secrets {
		fields := secret.(map[string]any)
		found[fields["secretPath"].(string)+" "+fields["secretKey"].(string)] = fields["secretValue"].(string)
	}
	return found
}

func TestChangesAreSeen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	read := call{method: "GET", path: "/api/v3/secrets/raw/KEY?workspaceSlug=demo&environment=prod", token: r.logIn(t)}
	first, _ := r.send(t, read)
	request, err := http.NewRequestWithContext(t.Context(), read.method, r.url+read.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", read.token)
	request.Header.Set("If-None-Match", first.Header.Get("ETag"))
	status := func() int {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	if got := status(); got != http.StatusNotModified {
		t.Errorf("unchanged secret: %d, want 304", got)
	}
	r.store.PutSecret(r.projectID, "prod", "/", "KEY", "another")
	if got := status(); got != http.StatusOK {
		t.Errorf("changed secret: %d, want 200", got)
	}
}

func TestProjectsAndFolders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.logIn(t)
	dig := func(path string, members ...string) any {
		response, body := r.send(t, call{method: "GET", path: path, token: token})
		if response.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: %s %v", path, response.Status, body)
		}
		var value any = body
		for _, member := range members {
			if list, ok := value.([]any); ok {
				value = list[0]
			}
			value = value.(map[string]any)[member]
		}
		return value
	}
	for name, got := range map[string]any{
		"v2 by slug":     dig("/api/v2/workspace/demo", "id"),
		"trailing slash": dig("/api/v2/workspace/demo/", "id"),
		"v1 by slug":     dig("/api/v1/projects/slug/demo", "_id"),
		"workspace":      dig("/api/v1/workspace/"+r.projectID, "workspace", "id"),
		"project":        dig("/api/v1/projects/"+r.projectID, "project", "id"),
		"workspaces":     dig("/api/v1/workspace", "workspaces", "id"),
		"projects":       dig("/api/v1/projects", "projects", "id"),
	} {
		if got != r.projectID {
			t.Errorf("%s: id %v, want %s", name, got, r.projectID)
		}
	}
	environments := dig("/api/v2/workspace/demo", "environments").([]any)
	slugs := map[string]string{}
	for _, env := range environments {
		slugs[env.(map[string]any)["name"].(string)] = env.(map[string]any)["slug"].(string)
	}
	if diff := cmp.Diff(map[string]string{"Development": "dev", "Staging": "staging", "Production": "prod"}, slugs); diff != "" {
		t.Errorf("environments (-want +got):\n%s", diff)
	}
	if got := dig("/api/v1/folders?workspaceId="+r.projectID+"&environment=prod&path=/", "folders", "name"); got != "app" {
		t.Errorf("folder below /: %v, want app", got)
	}
	if got := dig("/api/v2/folders?projectId="+r.projectID+"&environment=prod&path=/app", "folders", "name"); got != "llm" {
		t.Errorf("folder below /app: %v, want llm", got)
	}
}

func TestPagesOutsideTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{"/", "/settings", "/apix/v1", "//api/status"} {
		response, _ := r.send(t, call{method: "GET", path: path})
		if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/html") {
			t.Errorf("GET %s: %s %s, want 200 text/html", path, response.Status, kind)
		}
	}
}
