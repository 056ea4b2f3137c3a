package api

import (
	"net/http"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

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

func (s *server) logIn(r *http.Request) (any, *store.Failure) {
	body, failure := readFields(r)
	if failure != nil {
		return nil, failure
	}
	clientID, issues := body.text("clientId")
	clientSecret, more := body.text("clientSecret")
	issues = append(issues, more...)
	organization := ""
	if _, given := body["organizationSlug"]; given {
		organization, more = body.text("organizationSlug")
		issues = append(issues, more...)
	}
	if len(issues) > 0 {
		return nil, store.Refuse(issues...)
	}
	return granted(s.store.LogIn(store.Login{
		ClientID: clientID, ClientSecret: clientSecret, OrganizationSlug: organization,
	}))
}

func (s *server) renew(r *http.Request) (any, *store.Failure) {
	token, failure := tokenInBody(r)
	if failure != nil {
		return nil, failure
	}
	return granted(s.store.Renew(token))
}

func (s *server) revoke(r *http.Request) (any, *store.Failure) {
	token, failure := tokenInBody(r)
	if failure != nil {
		return nil, failure
	}
	if failure := s.store.Revoke(token); failure != nil {
		return nil, failure
	}
	return map[string]string{"message": "Successfully revoked access token"}, nil
}

func tokenInBody(r *http.Request) (string, *store.Failure) {
	body, failure := readFields(r)
	if failure != nil {
		return "", failure
	}
	token, issues := body.text("accessToken")
	if len(issues) > 0 {
		return "", store.Refuse(issues...)
	}
	return token, nil
}
