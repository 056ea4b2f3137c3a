// Package api speaks Infisical's HTTP API over the state of a store: the routes that the External Secrets Operator
// and the plugin use, with the statuses, error names and texts of a real server.
package api

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// server answers requests from a store in the manner of one era.
type server struct {
	store   *store.Store
	dialect dialect
	mux     *http.ServeMux
}

// New returns a handler that serves the store as a server of the era would, and logs one line for each request.
func New(st *store.Store, era string, log *slog.Logger) (http.Handler, error) {
	spoken, ok := dialects()[era]
	if !ok {
		return nil, fmt.Errorf("serve Infisical's API of era %q: no such era; use %q", era, Era2026)
	}
	s := &server{store: st, dialect: spoken, mux: http.NewServeMux()}
	s.routes()
	return logged(log, s), nil
}

func (s *server) routes() {
	s.open("GET /api/status", s.status)
	s.open("POST /api/v1/auth/universal-auth/login", s.logIn)
	s.open("POST /api/v1/auth/token/renew", s.renew)
	s.open("POST /api/v1/auth/token/revoke", s.revoke)

	s.protected("GET /api/v1/workspace", s.listProjects("workspaces"))
	s.protected("GET /api/v1/projects", s.listProjects("projects"))
	s.protected("GET /api/v1/workspace/{id}", s.projectByID("workspace"))
	s.protected("GET /api/v1/projects/{id}", s.projectByID("project"))
	s.protected("GET /api/v2/workspace/{slug}", s.projectBySlug)
	s.protected("GET /api/v1/projects/slug/{slug}", s.projectBySlug)
	s.protected("GET /api/v1/folders", s.listFolders("workspaceId"))
	s.protected("GET /api/v2/folders", s.listFolders("projectId"))

	s.protected("GET /api/v3/secrets/raw", s.listSecrets(secretsV3))
	s.protected("GET /api/v3/secrets/raw/{name}", s.getSecret(secretsV3))
	s.protected("GET /api/v4/secrets", s.listSecrets(secretsV4))
	s.protected("GET /api/v4/secrets/{name}", s.getSecret(secretsV4))
}

// openHandler answers anyone, protectedHandler the bearer of a token.
type (
	openHandler      func(r *http.Request) (any, *store.Failure)
	protectedHandler func(r *http.Request, actor store.Actor) (any, *store.Failure)
)

func (s *server) open(pattern string, handle openHandler) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if _, failure := s.actor(r); failure != nil && failure.Cause != store.TokenMissing {
			s.dialect.refuse(w, r, failure) // a real server reads the header on every route, log-in included
			return
		}
		s.reply(w, r, handle)
	})
}

func (s *server) protected(pattern string, handle protectedHandler) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		actor, failure := s.actor(r)
		if failure != nil {
			s.dialect.refuse(w, r, failure)
			return
		}
		s.reply(w, r, func(r *http.Request) (any, *store.Failure) { return handle(r, actor) })
	})
}

func (s *server) reply(w http.ResponseWriter, r *http.Request, handle openHandler) {
	body, failure := handle(r)
	if failure != nil {
		s.dialect.refuse(w, r, failure)
		return
	}
	writeJSON(w, r, http.StatusOK, body)
}

// actor reads the token; like the server it drops the first seven characters of the header, whatever they are.
func (s *server) actor(r *http.Request) (store.Actor, *store.Failure) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return store.Actor{}, store.Fail(store.TokenMissing)
	}
	return s.store.Authenticate(header[min(len("Bearer "), len(header)):])
}
