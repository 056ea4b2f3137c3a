package api

import (
	"net/http"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// instanceRoutes are about the server itself.
func (s *server) instanceRoutes() []route {
	return []route{
		{method: "GET", path: "/api/status", access: anyone, handle: s.status},
		{method: "GET", path: "/api/docs/json", access: anyone, handle: s.document},
		{method: "GET", path: "/api/v1/admin/config", access: anyone, class: reads, handle: s.adminConfig},
		{method: "POST", path: "/api/v1/admin/bootstrap", since: Era2026, access: anyone, class: writes, handle: s.bootstrap},
	}
}

type statusBody struct {
	Date                     string `json:"date"`
	Message                  string `json:"message"`
	EmailConfigured          bool   `json:"emailConfigured"`
	InviteOnlySignup         bool   `json:"inviteOnlySignup"`
	RedisConfigured          bool   `json:"redisConfigured"`
	SecretScanningConfigured bool   `json:"secretScanningConfigured"`
}

func (s *server) status(call) (any, *store.Failure) {
	return statusBody{Date: timestamp(s.store.Now()), Message: "Ok", InviteOnlySignup: true, RedisConfigured: true}, nil
}

type adminConfigBody struct {
	Initialized       bool `json:"initialized"`
	AllowSignUp       bool `json:"allowSignUp"`
	IsMigrationModeOn bool `json:"isMigrationModeOn"`
}

func (s *server) adminConfig(call) (any, *store.Failure) {
	return map[string]any{"config": adminConfigBody{
		Initialized: s.store.SetUp(), AllowSignUp: true, IsMigrationModeOn: s.store.Settings().Maintenance,
	}}, nil
}

// document describes the routes that the era has; clients look there for what the server can do.
func (s *server) document(call) (any, *store.Failure) {
	paths := map[string]map[string]any{}
	for _, route := range s.router.routes {
		if paths[route.path] == nil {
			paths[route.path] = map[string]any{}
		}
		paths[route.path][strings.ToLower(route.method)] = map[string]any{
			"responses": map[string]any{"200": map[string]string{"description": http.StatusText(http.StatusOK)}},
		}
	}
	return map[string]any{
		"openapi": "3.0.3",
		"info":    map[string]string{"title": "Infisical API", "version": "0.0.1"},
		"paths":   paths,
	}, nil
}

func (s *server) bootstrap(c call) (any, *store.Failure) {
	in, failure := readInput(c.Request)
	if failure != nil {
		return nil, failure
	}
	email, password, organization := in.filled("email"), in.filled("password"), in.filled("organization")
	if failure := in.failure(); failure != nil {
		return nil, failure
	}
	made, failure := s.store.Bootstrap(email, password, organization)
	if failure != nil {
		return nil, failure
	}
	return map[string]any{
		"message":      "Successfully bootstrapped instance",
		"user":         map[string]any{"id": made.User.ID, "email": made.User.Email, "username": made.User.Email, "superAdmin": true},
		"organization": map[string]any{"id": made.Organization.ID, "name": made.Organization.Name, "slug": made.Organization.Slug},
		"identity": map[string]any{
			"id": made.Identity.ID, "name": made.Identity.Name, "credentials": map[string]string{"token": made.Token},
		},
	}, nil
}
