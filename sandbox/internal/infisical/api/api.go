// Package api speaks Infisical's HTTP API over the state of a store: the routes that the External Secrets Operator
// and the plugin use, with the statuses, error names and texts of a real server of one era.
package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// server answers requests from a store in the manner of one era.
type server struct {
	store   *store.Store
	dialect dialect
	router  router
	limits  *limiter
}

// NewStore returns an empty store with the rules of an era.
func NewStore(era string, clock func() time.Time) (*store.Store, error) {
	spoken, err := dialectOf(era)
	if err != nil {
		return nil, err
	}
	return store.New(clock, spoken.rules), nil
}

// New returns a handler that serves the store as a server of the era would, and logs one line for each request.
func New(st *store.Store, era string, log *slog.Logger) (http.Handler, error) {
	spoken, err := dialectOf(era)
	if err != nil {
		return nil, err
	}
	s := &server{store: st, dialect: spoken, limits: newLimiter(st.Now)}
	for _, route := range s.allRoutes() {
		if route.in(era) {
			s.router.add(route)
		}
	}
	return logged(log, s), nil
}

// allRoutes are those of all eras; where two match a path, the order does not matter.
func (s *server) allRoutes() []route {
	var routes []route
	for _, some := range [][]route{
		s.instanceRoutes(), s.tokenRoutes(), s.userRoutes(), s.identityRoutes(), s.projectIdentityRoutes(),
		s.universalAuthRoutes(), s.clientSecretRoutes(), s.kubernetesAuthRoutes(), s.membershipRoutes(),
		s.privilegeRoutes(), s.roleRoutes(), s.projectRoutes(), s.environmentRoutes(), s.folderRoutes(), s.secretRoutes(),
	} {
		routes = append(routes, some...)
	}
	return routes
}
