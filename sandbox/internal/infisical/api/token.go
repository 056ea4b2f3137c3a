package api

import (
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const (
	universalAuthLogin = "/api/v1/auth/universal-auth/login"
	tokenRenewal       = "/api/v1/auth/token/renew"
	checkAuth          = "/api/v1/auth/checkAuth"
)

// tokenRoutes are those by which machine identities get, prolong and end access tokens.
func (s *server) tokenRoutes() []route {
	return []route{
		{method: "POST", path: universalAuthLogin, access: anyone, class: writes, handle: s.logIn},
		{method: "POST", path: tokenRenewal, access: anyone, class: writes, handle: s.renew},
		{method: "POST", path: "/api/v1/auth/token/revoke", access: anyone, class: writes, handle: s.revoke},
	}
}

type grantBody struct {
	AccessToken       string `json:"accessToken"`
	ExpiresIn         int64  `json:"expiresIn"`
	AccessTokenMaxTTL int64  `json:"accessTokenMaxTTL"`
	TokenType         string `json:"tokenType"`
}

func granted(grant store.Grant, failure *store.Failure) (any, *store.Failure) {
	if failure != nil {
		return nil, failure
	}
	return grantBody{
		AccessToken:       grant.AccessToken,
		ExpiresIn:         int64(grant.ExpiresIn / time.Second),
		AccessTokenMaxTTL: int64(grant.MaxTTL / time.Second),
		TokenType:         "Bearer",
	}, nil
}

func (s *server) logIn(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	login := store.Login{ClientID: in.text("clientId"), ClientSecret: in.text("clientSecret"), Address: callerAddress(c.Request)}
	if s.dialect.modern {
		login.OrganizationSlug = in.textOr("organizationSlug", "")
	}
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	return granted(s.store.LogIn(login))
}

func (s *server) renew(c call) (any, *store.Failure) {
	token, failure := tokenInBody(c)
	if failure != nil {
		return nil, failure
	}
	return granted(s.store.Renew(token))
}

func (s *server) revoke(c call) (any, *store.Failure) {
	token, failure := tokenInBody(c)
	if failure != nil {
		return nil, failure
	}
	if failure := s.store.Revoke(token); failure != nil {
		return nil, failure
	}
	return map[string]string{"message": "Successfully revoked access token"}, nil
}

func tokenInBody(c call) (string, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return "", failure
	}
	return in.text("accessToken"), in.failure()
}
