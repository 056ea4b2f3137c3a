package api

import (
	"net/http"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// route is one way to call the server.
type route struct {
	method string
	path   string // segments in braces are parameters
	since  string // the era that has it first; empty: all have it
	class  class
	access access
	handle handler
}

// in says whether servers of the era have the route; none was dropped so far.
func (r route) in(era string) bool { return r.since <= era }

// access says whose calls are taken.
type access int

const (
	members access = iota // users and identities
	anyone
	users
	identities
	usersThen2024 // users; identities too in later eras
)

// call is a request that has been let in.
type call struct {
	*http.Request
	actor store.Actor
}

// handler answers a call with the body of a 200, or refuses it.
type handler func(c call) (any, *store.Failure)

// serve lets a call in or not: token, maintenance, kind of caller, number of calls, in this order.
func (s *server) serve(w http.ResponseWriter, r *http.Request, matched route) {
	actor, failure := s.actor(r)
	switch {
	case failure == nil:
		failure = s.admit(actor, matched, r)
	case failure.Cause == store.TokenMissing && matched.access == anyone:
		failure = nil
	}
	if failure == nil && s.inMaintenance(r, matched) {
		failure = store.Fail(store.Maintenance)
	}
	if failure == nil {
		failure = s.count(w, r, matched)
	}
	if failure != nil {
		s.dialect.refuse(w, r, failure)
		return
	}
	body, failure := matched.handle(call{r, actor})
	if failure != nil {
		s.dialect.refuse(w, r, failure)
		return
	}
	writeJSON(w, r, http.StatusOK, body)
}

// actor reads the token, which a real server does on every route, log-in included. Like the server it drops the first
// seven characters of the header, whatever they are.
func (s *server) actor(r *http.Request) (store.Actor, *store.Failure) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return store.Actor{}, store.Fail(store.TokenMissing)
	}
	return s.store.Authenticate(header[min(len("Bearer "), len(header)):], callerAddress(r))
}

// admit refuses the wrong kind of caller.
func (s *server) admit(actor store.Actor, matched route, r *http.Request) *store.Failure {
	onlyUsers := matched.access == users || matched.access == usersThen2024 && !s.dialect.modern
	if onlyUsers && !actor.User || matched.access == identities && actor.User {
		return store.Fail(store.TokenNotForRoute, "route", r.URL.Path)
	}
	if actor.User && actor.OrgID == "" && matched.access != anyone && matched.access != users {
		return store.Fail(store.OrganizationNotSelected)
	}
	return nil
}

// inMaintenance says whether the server refuses the call because nothing may change at the moment.
func (s *server) inMaintenance(r *http.Request, matched route) bool {
	if !s.store.Settings().Maintenance || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	login := matched.path == universalAuthLogin || matched.path == tokenRenewal
	return matched.path != checkAuth && (!login || !s.store.Rules().LoginsInMaintenance)
}
