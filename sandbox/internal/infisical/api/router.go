package api

import (
	"net/http"
	"net/url"
	"strings"
)

// router finds the route of a request as the server's router does: fixed segments before parameters.
type router struct{ routes []route }

func (r *router) add(added route) { r.routes = append(r.routes, added) }

// match returns the route of a request and sets its parameters. A route that can be asked with GET can be with HEAD.
func (r *router) match(request *http.Request) (route, bool) {
	method := request.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	path := strings.TrimSuffix(request.URL.EscapedPath(), "/")
	var best route
	var parameters map[string]string
	found := false
	for _, candidate := range r.routes {
		if candidate.method != method || found && !moreFixed(candidate.path, best.path) {
			continue
		}
		if values, fits := parse(candidate.path, path); fits {
			best, parameters, found = candidate, values, true
		}
	}
	for name, value := range parameters {
		request.SetPathValue(name, value)
	}
	return best, found
}

// parse compares a path with a route's and returns the parameters.
func parse(pattern, path string) (map[string]string, bool) {
	wanted, given := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(wanted) != len(given) {
		return nil, false
	}
	values := map[string]string{}
	for i, segment := range wanted {
		name, parameter := strings.CutPrefix(segment, "{")
		if !parameter {
			if segment != given[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(given[i])
		if err != nil || value == "" {
			return nil, false
		}
		values[strings.TrimSuffix(name, "}")] = value
	}
	return values, true
}

// moreFixed says whether the first segment in which two patterns differ is a fixed one in the first pattern.
func moreFixed(pattern, than string) bool {
	one, other := strings.Split(pattern, "/"), strings.Split(than, "/")
	for i := range min(len(one), len(other)) {
		if one[i] != other[i] {
			return !strings.HasPrefix(one[i], "{")
		}
	}
	return false
}
