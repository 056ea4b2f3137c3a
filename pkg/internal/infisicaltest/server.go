// Package infisicaltest is a small Infisical in memory, for tests only: one organisation, one project, and the machine identities in them.
// It answers as a server of 2026 or of 2024 does, as far as the packages above pkg/infisical care; the whole API is in the sandbox.
package infisicaltest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

// The project that the server has, and the tokens that it takes.
const (
	ProjectID, ProjectSlug, ProjectName = "project-1", "demo", "The Demo"
	OrganizationID                      = "org-1"
	// AdminToken is an organisation administrator's, ProjectToken one of the project alone.
	AdminToken, ProjectToken = "admin-token", "project-token"
)

// Identity is a machine identity as the server keeps it.
type Identity struct {
	ID, Name, ClientID, Kubernetes string
	Metadata                       map[string]string
	Scoped                         bool
	Roles                          []string
	Secrets                        []*Secret
	Privileges                     []string
}

// Secret is a client secret.
type Secret struct {
	ID, Value, Description string
	Uses                   int
	Revoked                bool
}

// Server is the running server.
type Server struct {
	URL string
	// Old makes it one of 2024, which keeps no metadata and has no identities of projects.
	Old bool
	// Before is called with each request; a status other than 0 is the answer.
	Before func(r *http.Request) int

	mu         sync.Mutex
	identities []*Identity
	made       int
	logins     int
	tokens     map[string]bool
}

// Start starts a server that ends with the test.
func Start(t *testing.T) *Server {
	t.Helper()
	s := &Server{tokens: map[string]bool{}}
	front := httptest.NewServer(s)
	t.Cleanup(front.Close)
	s.URL = front.URL
	return s
}

// Session is one with somebody's token.
func (s *Server) Session(t *testing.T, token string) *infisical.Session {
	t.Helper()
	client, err := infisical.New(s.URL, infisical.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return client.WithToken(token)
}

// Add puts an identity there that others have made, with one client secret of theirs where secret is not empty.
func (s *Server) Add(name, secret string) *Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.add(name)
	if secret != "" {
		i.ClientID = s.id("client")
		i.Secrets = []*Secret{{ID: s.id("secret"), Value: secret, Description: "theirs"}}
	}
	return i
}

// Identities are all that there are.
func (s *Server) Identities() []*Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Identity{}, s.identities...)
}

// Live are the identity's client secrets that are not revoked.
func (s *Server) Live(i *Identity) []*Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	return i.live()
}

// Logins is how many logins were tried, and Tokens how many of their tokens are not revoked.
func (s *Server) Logins() (tried, tokens int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins, len(s.tokens)
}

// ForgetTokens ends all tokens, as time does.
func (s *Server) ForgetTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

func (i *Identity) live() []*Secret {
	var live []*Secret
	for _, secret := range i.Secrets {
		if !secret.Revoked {
			live = append(live, secret)
		}
	}
	return live
}

// add and id need s.mu held.
func (s *Server) add(name string) *Identity {
	i := &Identity{ID: s.id("identity"), Name: name, Metadata: map[string]string{}}
	s.identities = append(s.identities, i)
	return i
}

func (s *Server) id(kind string) string {
	s.made++
	return fmt.Sprintf("%s-%d", kind, s.made)
}

func (s *Server) find(id string) *Identity {
	for _, i := range s.identities {
		if i.ID == id {
			return i
		}
	}
	return nil
}

// refusal is an answer other than a success.
type refusal struct {
	status        int
	name, message string
}

func refuse(status int, name, message string) *refusal { return &refusal{status, name, message} }

// ServeHTTP answers one request after the other.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Before != nil {
		if status := s.Before(r); status != 0 {
			write(w, status, map[string]any{"statusCode": status, "error": "InternalServerError", "message": "Something went wrong"})
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := map[string]any{}
	_ = json.NewDecoder(r.Body).Decode(&in) // many have no body
	body, refused := s.answer(r, in)
	if refused == nil {
		write(w, http.StatusOK, body)
		return
	}
	fields := map[string]any{"statusCode": refused.status, "error": refused.name, "message": refused.message}
	if !s.Old && refused.name != "Not Found" {
		fields["reqId"] = "req-1"
	}
	write(w, refused.status, fields)
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the test's client that went away needs no answer
}

// answer finds the route. Segments of a path that are ids are passed on.
func (s *Server) answer(r *http.Request, in map[string]any) (any, *refusal) {
	path := strings.TrimPrefix(r.URL.Path, "/api/")
	switch {
	case path == "v1/auth/universal-auth/login":
		return s.logIn(in)
	case path == "v1/auth/token/revoke":
		delete(s.tokens, text(in, "accessToken"))
		return map[string]any{}, nil
	case s.Old && strings.HasPrefix(path, "v1/projects"):
		return nil, refuse(http.StatusNotFound, "Not Found", "Route "+r.Method+":"+r.URL.Path+" not found")
	case r.Header.Get("Authorization") == "":
		if s.Old {
			return nil, refuse(http.StatusForbidden, "Unauthorized access", "Token missing")
		}
		return nil, refuse(http.StatusUnauthorized, "UnauthorizedError", "Token missing")
	}
	return s.administer(r, strings.Split(path, "/"), in)
}

func text(in map[string]any, name string) string {
	value, _ := in[name].(string)
	return value
}

func (s *Server) logIn(in map[string]any) (any, *refusal) {
	s.logins++
	for _, i := range s.identities {
		for _, secret := range i.live() {
			if i.ClientID == text(in, "clientId") && secret.Value == text(in, "clientSecret") {
				secret.Uses++
				token := s.id("token")
				s.tokens[token] = true
				return map[string]any{"accessToken": token}, nil
			}
		}
	}
	return nil, refuse(http.StatusUnauthorized, "UnauthorizedError", "Invalid credentials")
}

func timestamp() string { return time.Now().UTC().Format(time.RFC3339) }
