package kube

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// guard passes on what it allows, and refuses everything else before it leaves the program.
type guard struct {
	allows func(method, path string, query url.Values) bool
	// prefix is the path of the API server's address, below which its paths are; behind some proxies there is one.
	prefix string
	next   http.RoundTripper
}

func (r guard) RoundTrip(request *http.Request) (*http.Response, error) {
	if r.allows(request.Method, strings.TrimPrefix(request.URL.Path, r.prefix), request.URL.Query()) {
		return r.next.RoundTrip(request)
	}
	if request.Body != nil {
		_ = request.Body.Close() // a RoundTripper must, and nothing is lost with it
	}
	return nil, &RefusedError{Method: request.Method, Path: request.URL.Path}
}

// WrappedRoundTripper lets client-go cancel a request that is under way.
func (r guard) WrappedRoundTripper() http.RoundTripper { return r.next }

// RefusedError says that a request was not sent, since it could have changed what is not to be changed.
type RefusedError struct{ Method, Path string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s %s has been refused: this command may not change that", e.Method, e.Path)
}

// connecting are the parts of an object that lead into a pod or to another server, where the API server cannot say what a request does.
// A token that is asked for is issued, dry run or not.
var connecting = []string{"exec", "attach", "portforward", "proxy", "token"}

// reviews are questions that are asked by a POST. They are stored nowhere.
var reviews = []string{
	"/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
	"/apis/authorization.k8s.io/v1/subjectaccessreviews",
	"/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
	"/apis/authentication.k8s.io/v1/selfsubjectreviews",
}

// roots are where the API server's paths begin. What begins otherwise is not understood, and refused.
var roots = []string{"api", "apis", "version", "healthz", "readyz", "livez", "openapi", "metrics"}

func changesNothing(method, path string, query url.Values) bool {
	root, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !slices.Contains(roots, root) || slices.Contains(connecting, subresource(path)) {
		return false
	}
	switch method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodPost:
		if slices.Contains(reviews, path) {
			return true
		}
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return false
	}
	return slices.Equal(query["dryRun"], []string{"All"})
}

// subresource is the part of the path behind an object's name: /api/VERSION or /apis/GROUP/VERSION, [namespaces/NAMESPACE], KIND, NAME.
func subresource(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	behind := map[string]int{"api": 2, "apis": 3}[parts[0]]
	if len(parts) > behind+2 && parts[behind] == "namespaces" && !slices.Contains(connecting, parts[behind+2]) {
		behind += 2
	}
	if len(parts) > behind+2 {
		return parts[behind+2]
	}
	return ""
}

// ReadOnly makes all clients of the connection refuse whatever could change the cluster: everything but reading, server-side dry runs and
// questions about rights. It must be called before the first of them is made.
func (c *Connection) ReadOnly() { c.allows = changesNothing }

// Recording is a connection to the same cluster that may do what the recording of a verdict takes: read and replace one ConfigMap, and create
// Events beside it.
func (c *Connection) Recording(namespace, configMap string) *Connection {
	own := c.Writing()
	own.allows = func(method, path string, _ url.Values) bool {
		switch path {
		case "/api/v1/namespaces/" + namespace + "/configmaps/" + configMap:
			return method == http.MethodGet || method == http.MethodPut
		case "/apis/events.k8s.io/v1/namespaces/" + namespace + "/events":
			return method == http.MethodPost
		}
		return false
	}
	return own
}

// prefixOf is the path of a server's address.
func prefixOf(host string) string {
	u, err := url.Parse(host)
	if err != nil || u.Host == "" {
		return "" // HOST:PORT, which has none
	}
	return strings.TrimRight(u.Path, "/")
}
