package api

import (
	"io"
	"net/http"
	"strings"
)

// frontPage is what the standalone server shows for every path outside /api; clients with a wrong base URL get it, with 200.
const frontPage = "<!doctype html><html><head><title>Infisical</title></head><body><div id=\"root\"></div></body></html>\n"

// ServeHTTP finds the route as the server's router does: a trailing slash changes nothing, other untidy paths and
// unknown ones have no route, and neither has a known path with another method.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Strict-Transport-Security", "max-age=15552000; includeSubDomains")
	if r.URL.Path != "/api" && !strings.HasPrefix(r.URL.Path, "/api/") {
		s.outsideAPI(w, r)
		return
	}
	matched, found := s.router.match(r)
	if !found {
		routeNotFound(w, r)
		return
	}
	s.serve(w, r, matched)
}

func (s *server) outsideAPI(w http.ResponseWriter, r *http.Request) {
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !read || s.store.Settings().NoFrontend {
		routeNotFound(w, r)
		return
	}
	WritePage(w)
}

// WritePage answers with the page that is shown in the place of the API.
func WritePage(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, frontPage) // a client that went away needs no answer
}

// routeNotFound is Fastify's own answer: it has no reqId, and the URL in it is the whole one.
func routeNotFound(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, r, http.StatusNotFound, struct {
		Message    string `json:"message"`
		Error      string `json:"error"`
		StatusCode int    `json:"statusCode"`
	}{"Route " + r.Method + ":" + r.RequestURI + " not found", "Not Found", http.StatusNotFound})
}
