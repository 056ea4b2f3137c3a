package verify

import (
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// answers are what a server says to a path; any other path is one it does not have.
type answers map[string]struct {
	status int
	body   string
}

// sessionWith is a session with a server that answers so.
func sessionWith(t *testing.T, a answers) *infisical.Session {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer, found := a[r.URL.Path]
		if !found {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"statusCode": 404, "message": "Route `+r.Method+":"+r.URL.Path+` not found", "error": "Not Found"}`)
			return
		}
		w.WriteHeader(answer.status)
		_, _ = io.WriteString(w, answer.body)
	}))
	t.Cleanup(server.Close)
	ca, err := trust.ParsePEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	client, err := infisical.New(server.URL, infisical.Options{RootCAs: ca.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	return client.WithToken("token")
}

func TestPlace(t *testing.T) {
	const project = `{"id": "1", "slug": "archon-platform", "name": "Archon Platform", "environments": [{"name": "Production", "slug": "prod"}]}`
	const unknown = `{"statusCode": 404, "reqId": "r", "message": "Project with slug 'x' not found", "error": "NotFound"}`
	known := answers{"/api/v2/workspace/archon-platform": {200, project}, "/api/v1/folders": {200, `{"folders": [{"name": "app"}]}`}}
	listing := func(status int) answers {
		return answers{"/api/v2/workspace/archon-plattform": {404, unknown}, "/api/v2/workspace/archon": {404, unknown}, "/api/v2/workspace/zzzzzzzzzzzz": {404, unknown},
			"/api/v2/workspace/Archon Platform": {422, `{"statusCode": 422, "reqId": "r", "message": "invalid", "error": "ValidationFailure"}`},
			"/api/v1/workspace":                 {status, `{"workspaces": [` + project + `]}`}}
	}
	tests := []struct {
		name    string
		server  answers
		scope   infisical.Scope
		code    cause.Code
		unsure  bool
		fix     string
		summary string
	}{
		{"all there", known, infisical.Scope{ProjectSlug: "archon-platform", EnvironmentSlug: "prod", Path: "/app"}, "", false, "", ""},
		{"the name of the environment", known, infisical.Scope{ProjectSlug: "archon-platform", EnvironmentSlug: "production", Path: "/"}, "EI604", false, "the environment prod", ""},
		{"no such folder", known, infisical.Scope{ProjectSlug: "archon-platform", EnvironmentSlug: "prod", Path: "/App"}, "EI607", false, "there is app", "no folder App"},
		{"a slug that is mistyped", listing(200), infisical.Scope{ProjectSlug: "archon-plattform"}, "EI601", false, "the project archon-platform?", "slug is not the name"},
		{"a slug that is like no other", listing(200), infisical.Scope{ProjectSlug: "zzzzzzzzzzzz"}, "EI601", false, "one of the projects that these credentials see: archon-platform", ""},
		{"the name of the project", listing(200), infisical.Scope{ProjectSlug: "Archon Platform"}, "EI601", false, "which is archon-platform", ""},
		{"a server that lists no projects", listing(403), infisical.Scope{ProjectSlug: "archon-plattform"}, "EI601", false, "project's settings", ""},
		{"not a member", answers{"/api/v2/workspace/p": {403, `{"statusCode": 403, "reqId": "r", "message": "You are not a member of this project with ID 1.", "error": "x"}`}},
			infisical.Scope{ProjectSlug: "p"}, "EI602", false, "", ""},
		{"a server that is not well", answers{"/api/v2/workspace/p": {400, `{"statusCode": 400, "reqId": "r", "message": "odd", "error": "BadRequest"}`}},
			infisical.Scope{ProjectSlug: "p"}, "", true, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Place(t.Context(), sessionWith(t, tt.server), tt.scope)
			var unsure *UnsureError
			if errors.As(err, &unsure) != tt.unsure {
				t.Fatalf("error = %v", err)
			}
			if tt.unsure {
				return
			}
			c, _ := cause.Of(err)
			if c.Code != tt.code || !strings.Contains(c.Fix, tt.fix) || !strings.Contains(c.Summary, tt.summary) {
				t.Errorf("got %+v, %v", c, err)
			}
		})
	}
}

func TestWhatDecides(t *testing.T) {
	named := func(code cause.Code) error { return &cause.Error{Cause: cause.Cause{Code: code}} }
	for name, tt := range map[string]struct {
		err  error
		want bool
	}{
		"a wrong secret":       {named(cause.WrongCredentials), true},
		"a missing Secret":     {&cause.Error{Cause: cause.CredentialsMissing}, true},
		"too many calls":       {named(cause.RateLimited), false},
		"maintenance":          {named(cause.Maintenance), false},
		"another address":      {named(cause.AddressNotTrusted), false},
		"no way to the server": {cause.Wrap("x", &infisical.UnreachableError{Err: errors.New("connection refused")}), false},
		"not to be followed":   {&UnsureError{errors.New("Invalid credentials")}, false},
		"an unknown error":     {errors.New("x"), false},
	} {
		if got := Decides(tt.err); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
