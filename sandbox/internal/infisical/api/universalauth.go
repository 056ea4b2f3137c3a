package api

import (
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const universalAuthOf = "/api/v1/auth/universal-auth/identities/{identityId}"

// universalAuthRoutes are about the configuration of Universal Auth on an identity.
func (s *server) universalAuthRoutes() []route {
	return []route{
		{method: "POST", path: universalAuthOf, class: writes, handle: s.attachUniversalAuth},
		{method: "PATCH", path: universalAuthOf, class: writes, handle: s.updateUniversalAuth},
		{method: "GET", path: universalAuthOf, class: reads, handle: s.getUniversalAuth},
		{method: "DELETE", path: universalAuthOf, class: writes, handle: s.detachUniversalAuth},
		{method: "POST", path: universalAuthOf + "/clear-lockouts", since: Era2026, class: writes, handle: s.clearLockouts},
	}
}

func (s *server) attachUniversalAuth(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	auth := store.NewUniversalAuth()
	failure = s.readUniversalAuth(in, &auth)
	if failure := firstFailure(in.failure(), failure); failure != nil {
		return nil, failure
	}
	return s.universalAuthAnswer(s.store.CreateUniversalAuth(c.actor, c.PathValue("identityId"), auth))
}

func (s *server) updateUniversalAuth(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	// What is wrong with the fields does not depend on what they replace.
	scratch := store.NewUniversalAuth()
	failure = s.readUniversalAuth(in, &scratch)
	if failure := firstFailure(in.failure(), failure); failure != nil {
		return nil, failure
	}
	return s.universalAuthAnswer(s.store.UpdateUniversalAuth(c.actor, c.PathValue("identityId"),
		func(auth *store.UniversalAuth) { _ = s.readUniversalAuth(in, auth) })) // it went well before
}

func (s *server) getUniversalAuth(c call) (any, *store.Failure) {
	return s.universalAuthAnswer(s.store.UniversalAuth(c.actor, c.PathValue("identityId")))
}

func (s *server) detachUniversalAuth(c call) (any, *store.Failure) {
	return s.universalAuthAnswer(s.store.DeleteUniversalAuth(c.actor, c.PathValue("identityId")))
}

func (s *server) clearLockouts(c call) (any, *store.Failure) {
	cleared, failure := s.store.ClearLockouts(c.actor, c.PathValue("identityId"))
	if failure != nil {
		return nil, failure
	}
	return map[string]int{"deleted": cleared}, nil
}

// readUniversalAuth puts the fields that are given in the place of what is there.
func (s *server) readUniversalAuth(in input, auth *store.UniversalAuth) *store.Failure {
	failure := s.readTokenTerms(in, &auth.TokenTerms)
	if s.dialect.modern {
		seconds := func(name string, to *time.Duration, minimum, maximum int) {
			*to = time.Duration(in.integer(name, int(to.Seconds()), minimum, maximum)) * time.Second
		}
		lockout := &auth.Lockout
		lockout.Enabled = in.boolean("lockoutEnabled", lockout.Enabled)
		lockout.Threshold = in.integer("lockoutThreshold", lockout.Threshold, 1, 30)
		seconds("lockoutDurationSeconds", &lockout.Duration, 30, 86400)
		seconds("lockoutCounterResetSeconds", &lockout.CounterReset, 5, 3600)
	}
	return firstFailure(failure, readTrusted(in, "clientSecretTrustedIps", &auth.ClientSecretTrusted))
}

func firstFailure(failures ...*store.Failure) *store.Failure {
	for _, failure := range failures {
		if failure != nil {
			return failure
		}
	}
	return nil
}

func (s *server) universalAuthAnswer(auth store.UniversalAuth, failure *store.Failure) (any, *store.Failure) {
	if failure != nil {
		return nil, failure
	}
	return map[string]any{"identityUniversalAuth": s.universalAuthBody(auth)}, nil
}

type universalAuthBody struct {
	ID       string `json:"id"`
	ClientID string `json:"clientId"`
	tokenTermsBody
	ClientSecretTrusted []trustedBody `json:"clientSecretTrustedIps"`
	*lockoutBody
	CreatedAt  string `json:"createdAt"`
	UpdatedAt  string `json:"updatedAt"`
	IdentityID string `json:"identityId"`
}

type lockoutBody struct {
	Enabled      bool  `json:"lockoutEnabled"`
	Threshold    int   `json:"lockoutThreshold"`
	Duration     int64 `json:"lockoutDurationSeconds"`
	CounterReset int64 `json:"lockoutCounterResetSeconds"`
}

func (s *server) universalAuthBody(auth store.UniversalAuth) universalAuthBody {
	body := universalAuthBody{
		ID: auth.ID, ClientID: auth.ClientID, tokenTermsBody: s.tokenTermsBody(auth.TokenTerms),
		ClientSecretTrusted: trustedBodies(auth.ClientSecretTrusted), IdentityID: auth.IdentityID,
		CreatedAt: timestamp(auth.CreatedAt), UpdatedAt: timestamp(auth.UpdatedAt),
	}
	if s.dialect.modern {
		body.lockoutBody = &lockoutBody{
			Enabled: auth.Lockout.Enabled, Threshold: auth.Lockout.Threshold,
			Duration: int64(auth.Lockout.Duration / time.Second), CounterReset: int64(auth.Lockout.CounterReset / time.Second),
		}
	}
	return body
}
