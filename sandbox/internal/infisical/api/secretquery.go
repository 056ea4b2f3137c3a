package api

import (
	"net/url"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// secretsVersion is what differs between the versions of the secrets routes.
type secretsVersion struct {
	projectID      string // names of query parameters
	projectSlug    string
	includeImports string
	flagDefault    string // of imports and expansion
}

var (
	secretsV3 = secretsVersion{"workspaceId", "workspaceSlug", "include_imports", "false"}
	secretsV4 = secretsVersion{"projectId", "", "includeImports", "true"}
)

// secretQuery is a parsed query string of a secrets route.
type secretQuery struct {
	scope    store.Scope
	showsAll bool // values are shown, not masked
}

func (v secretsVersion) parse(query url.Values) (secretQuery, *store.Failure) {
	var issues []store.Issue
	flag := func(name, preset string) bool {
		value := preset
		if query.Has(name) {
			value = query.Get(name)
		}
		if value != "true" && value != "false" {
			issues = append(issues, notBoolean(name, value))
		}
		return value == "true"
	}
	parsed := secretQuery{
		scope: store.Scope{
			Project:        store.ProjectRef{ID: query.Get(v.projectID)},
			Environment:    query.Get("environment"),
			Path:           query.Get("secretPath"),
			Recursive:      flag("recursive", "false"),
			IncludeImports: flag(v.includeImports, v.flagDefault),
			Expand:         flag("expandSecretReferences", v.flagDefault),
		},
		showsAll: flag("viewSecretValue", "true"),
	}
	if v.projectSlug != "" {
		parsed.scope.Project.Slug = query.Get(v.projectSlug)
	}
	if len(issues) > 0 {
		return secretQuery{}, store.Refuse(issues...)
	}
	return parsed, nil
}

// complete refuses a query that lacks the project or the environment, with the causes of the route.
func (q secretQuery) complete(noScope, noEnvironment store.Cause) *store.Failure {
	switch {
	case q.scope.Project == store.ProjectRef{}:
		return store.Fail(noScope)
	case q.scope.Environment == "":
		return store.Fail(noEnvironment)
	default:
		return nil
	}
}

func notBoolean(name, received string) store.Issue {
	return store.Issue{
		Code: "invalid_enum_value", Received: received, Options: []string{"true", "false"}, Path: []string{name},
		Message: "Invalid enum value. Expected 'true' | 'false', received '" + received + "'",
	}
}
