package api

import (
	"strconv"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// secretsVersion is what differs between the versions of the secrets routes.
type secretsVersion struct {
	path           string
	since          string
	projectID      string // names of parameters
	projectSlug    string
	includeImports string
	flagDefault    string // of imports and expansion
}

func secretsV3() secretsVersion {
	return secretsVersion{"/api/v3/secrets/raw", "", "workspaceId", "workspaceSlug", "include_imports", "false"}
}

func secretsV4() secretsVersion {
	return secretsVersion{"/api/v4/secrets", Era2026, "projectId", "", "includeImports", "true"}
}

// secretQuery is a parsed query string of a secrets route.
type secretQuery struct {
	scope    store.Scope
	showsAll bool // values are shown, not masked
}

func (v secretsVersion) parse(s *server, c call) (secretQuery, *store.Failure) {
	in := readQuery(c.Request)
	flag := func(name, preset string) bool { return in.option(name, preset, "true", "false") == "true" }
	parsed := secretQuery{showsAll: true, scope: store.Scope{
		Project:        store.ProjectRef{ID: in.textOr(v.projectID, "")},
		Environment:    in.textOr("environment", ""),
		Path:           in.textOr("secretPath", "/"),
		Recursive:      flag("recursive", "false"),
		IncludeImports: flag(v.includeImports, v.flagDefault),
		Expand:         flag("expandSecretReferences", v.flagDefault),
	}}
	if v.projectSlug != "" {
		parsed.scope.Project.Slug = in.textOr(v.projectSlug, "")
	}
	if s.dialect.modern { // older servers show the values all the same
		parsed.showsAll = flag("viewSecretValue", "true")
		parsed.scope.NamesOnly = !parsed.showsAll
	}
	if version := in.textOr("version", ""); version != "" {
		number, err := strconv.Atoi(version)
		if err != nil {
			in.report(wrongType("number", "nan", "version"))
		}
		parsed.scope.Version = number
	}
	return parsed, in.failure()
}

// complete refuses a query that lacks the project or the environment, with the causes of the route.
func (q secretQuery) complete(noScope, noEnvironment store.Cause, bySlugAlone bool) *store.Failure {
	switch {
	case q.scope.Project == store.ProjectRef{} || bySlugAlone:
		return store.Fail(noScope)
	case q.scope.Environment == "":
		return store.Fail(noEnvironment)
	default:
		return nil
	}
}
