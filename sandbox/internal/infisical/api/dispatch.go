package api

import (
	"io"
	"net/http"
	"path"
	"strings"
)

// page is what the standalone server shows for every path outside /api; clients with a wrong base URL get it, with 200.
const page = "<!doctype html><html><head><title>Infisical</title></head><body><div id=\"root\"></div></body></html>\n"

// ServeHTTP finds the route as the server's router does: a trailing slash changes nothing, other untidy paths and
// unknown ones have no route, and neither has a known path with another method.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Strict-Transport-Security", "max-age=15552000; includeSubDomains")
	if r.URL.Path != "/api" && !strings.HasPrefix(r.URL.Path, "/api/") {
		s.outsideAPI(w, r)
		return
	}
	r = withoutTrailingSlash(r)
	if r.URL.Path != path.Clean(r.URL.Path) {
		routeNotFound(w, r)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		routeNotFound(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *server) outsideAPI(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		routeNotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, page) // a client that went away needs no answer
}

func withoutTrailingSlash(r *http.Request) *http.Request {
	tidy := r.Clone(r.Context())
	tidy.URL.Path = strings.TrimSuffix(r.URL.Path, "/")
	tidy.URL.RawPath = strings.TrimSuffix(r.URL.RawPath, "/")
	return tidy
}

// routeNotFound is Fastify's own answer: it has no reqId, and the URL in it is the whole one.
func routeNotFound(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, r, http.StatusNotFound, struct {
		Message    string `json:"message"`
		Error      string `json:"error"`
		StatusCode int    `json:"statusCode"`
	}{"Route " + r.Method + ":" + r.RequestURI + " not found", "Not Found", http.StatusNotFound})
}
